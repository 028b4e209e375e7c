import {
  type Command,
  type Item,
  type ItemKey,
  LandlordError,
  tenantPk,
  VERSION_FIRST,
} from '@landlord/kernel';
import { z } from 'zod';
import { type GivenBack } from './charge.js';

export const BILLING_TYPE = 'BILLING';

/** Lines of void invoices that one subscription may have: its item must stay small. */
const VOIDED_LIMIT = 1_000;

const voidedLine = z.object({ lineId: z.string(), amount: z.int().min(1), afterVersion: z.int().min(0) });

/** How far the events of a subscription are billed, and which lines of its invoices are void. */
export const billingAttributes = z.object({
  billedVersion: z.int().min(0),
  voidedLines: z.array(voidedLine).max(VOIDED_LIMIT),
});

export type BillingState = z.output<typeof billingAttributes>;

export function billingKey(tenantCode: string, subscriptionCode: string): ItemKey {
  return { pk: tenantPk(tenantCode), sk: `${BILLING_TYPE}#${subscriptionCode}` };
}

export function billingStateOf(item: Item | null): BillingState {
  return item ? billingAttributes.parse(item.attributes) : { billedVersion: 0, voidedLines: [] };
}

export function givenBackOf({ voidedLines }: BillingState): GivenBack[] {
  return voidedLines.map(({ lineId, amount, afterVersion }) => ({
    lineId,
    afterVersion,
    amountMinor: BigInt(amount),
  }));
}

/** Goes with whatever billing does for the subscription, so that it does one thing after the other, and each once. */
export function billingCommand(
  { tenantCode, code, item }: { tenantCode: string; code: string; item: Item | null },
  state: BillingState,
): Command {
  return {
    kind: 'full',
    ...billingKey(tenantCode, code),
    version: item?.version ?? VERSION_FIRST,
    tenantCode,
    type: BILLING_TYPE,
    code,
    name: `billing of ${code}`,
    attributes: {
      billedVersion: state.billedVersion,
      voidedLines: state.voidedLines.map((line) => ({ ...line })),
    },
  };
}

/** Nothing of a void invoice was paid: later credits give nothing back of its lines. */
export function withVoided(
  state: BillingState,
  lines: readonly { readonly id: string; readonly amount: number }[],
): BillingState {
  const voided = lines.flatMap(({ id, amount }) =>
    amount > 0 ? [{ lineId: id, amount, afterVersion: state.billedVersion }] : [],
  );
  const voidedLines = [...state.voidedLines, ...voided];
  if (voidedLines.length > VOIDED_LIMIT)
    throw new LandlordError(
      'out_of_bounds',
      `no more than ${VOIDED_LIMIT} lines of a subscription can be void`,
    );
  return { ...state, voidedLines };
}
