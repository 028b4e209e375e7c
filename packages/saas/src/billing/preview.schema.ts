import { amountToJson, type Instant, type Money } from '@landlord/kernel';
import { z } from 'zod';
import { amount, currencyValue, instantValue } from '../http/index.js';
import { type Subscription } from '../subscriptions/subscription.js';
import { type ChargeLine } from './charge.js';
import { billedCycle, billedPeriod, chargeLineFields, chargeLineView } from './charge.schema.js';

export const previewView = z
  .object({
    effectiveAt: instantValue
      .nullable()
      .meta({ description: 'null while a pause makes the period stand still: then nobody knows.' }),
    currency: currencyValue,
    lines: z.array(chargeLineFields),
    subtotal: amount,
    total: amount,
    subscription: z.object({
      planCode: z.string().meta({ example: 'professional' }),
      planVersion: z.int().meta({ example: 1 }),
      billingCycle: billedCycle,
      quantity: z.int().meta({ example: 1 }),
      currentPeriod: billedPeriod,
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
    lines: lines.map(chargeLineView),
    subtotal: sum,
    // Taxes and discounts come between the two.
    total: sum,
    subscription: { planCode, planVersion, billingCycle: cycle, quantity, currentPeriod },
  };
}
