import { amountToJson, type Instant, type Money, money } from '@landlord/kernel';
import { z } from 'zod';
import { amount, currencyValue, instantValue, localDateValue } from '../http/index.js';
import { type Subscription } from '../subscriptions/subscription.js';
import { describe } from './charge.description.js';
import { type ChargeLine } from './charge.js';

const billingCycle = z.enum(['monthly', 'yearly']);
const period = z
  .object({ from: localDateValue, to: localDateValue })
  .meta({ description: 'Half-open: `to` is the day after.' });

const explainFields = z
  .object({
    cause: z
      .string()
      .meta({ description: 'The event that brings it.', example: 'subscription.plan_changed' }),
    planCode: z.string().meta({ example: 'professional' }),
    planVersion: z.int().meta({ example: 1 }),
    billingCycle,
    timezone: z.string().meta({ example: 'Asia/Tokyo' }),
    unit: z.enum(['day', 'millisecond']).meta({ description: 'Of `part` and `whole`.' }),
    part: z.int().meta({ description: 'How much of the period it is for.', example: 17 }),
    whole: z.int().meta({ description: 'The whole period.', example: 31 }),
    exact: z.string().meta({
      description: 'Unit price x quantity x part / whole, in minor units before rounding.',
      example: '49300/31',
    }),
    rounding: z.literal('half_up').meta({ description: 'Once a line; a half goes away from zero.' }),
    takenFrom: z
      .object({ lineId: z.string(), left: amount })
      .nullable()
      .meta({ description: 'Of a credit: the line it gives back of, and what was left of that.' }),
  })
  .meta({ id: 'ChargeExplanation' });

const lineFields = z
  .object({
    id: z.string().meta({ example: 'SUB-001.3.0:charge' }),
    type: z.enum(['subscription', 'proration', 'credit']),
    description: z.string(),
    amount,
    quantity: z.int().meta({ example: 1 }),
    unitPrice: amount,
    period,
    explain: explainFields,
  })
  .meta({ id: 'ChargeLine' });

export const previewView = z
  .object({
    effectiveAt: instantValue
      .nullable()
      .meta({ description: 'null while a pause makes the period stand still: then nobody knows.' }),
    currency: currencyValue,
    lines: z.array(lineFields),
    subtotal: amount,
    total: amount,
    subscription: z.object({
      planCode: z.string().meta({ example: 'professional' }),
      planVersion: z.int().meta({ example: 1 }),
      billingCycle,
      quantity: z.int().meta({ example: 1 }),
      currentPeriod: period,
    }),
  })
  .meta({ id: 'ChangePreview', description: 'What a change would bring, and the subscription after it.' });

export type PreviewView = z.output<typeof previewView>;

export interface Preview {
  readonly effectiveAt: Instant | null;
  readonly lines: readonly ChargeLine[];
  readonly subtotal: Money;
  readonly subscription: Subscription;
}

export function previewViewOf({ effectiveAt, lines, subtotal, subscription }: Preview): PreviewView {
  const { planCode, planVersion, billingCycle: cycle, quantity, currentPeriod } = subscription;
  const sum = amountToJson(subtotal);
  return {
    effectiveAt,
    currency: subtotal.currency,
    lines: lines.map(lineView),
    subtotal: sum,
    // Taxes and discounts come between the two.
    total: sum,
    subscription: { planCode, planVersion, billingCycle: cycle, quantity, currentPeriod },
  };
}

function lineView(line: ChargeLine): z.output<typeof lineFields> {
  const { id, type, quantity, currency, period: of, explain } = line;
  const { exactMinor, takenFrom, ...explained } = explain;
  const minor = (amountMinor: bigint) => amountToJson(money(amountMinor, currency));
  return {
    id,
    type,
    description: describe(line),
    amount: minor(line.amountMinor),
    quantity,
    unitPrice: minor(line.unitPriceMinor),
    period: of,
    explain: {
      ...explained,
      exact: exactMinor,
      takenFrom: takenFrom && { lineId: takenFrom.lineId, left: minor(takenFrom.leftMinor) },
    },
  };
}
