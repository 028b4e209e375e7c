import { amountToJson, money } from '@landlord/kernel';
import { z } from 'zod';
import { amount, localDateValue } from '../http/index.js';
import { describe, explanationOf } from './charge.description.js';
import { type ChargeLine } from './charge.js';

export const billedCycle = z.enum(['monthly', 'yearly']);
export const billedPeriod = z
  .object({ from: localDateValue, to: localDateValue })
  .meta({ description: 'Half-open: `to` is the day after.' });

const explainFields = z
  .object({
    text: z.string().meta({
      description: 'The same, to be read.',
      example: '1 x USD 29.00 for 17 of 31 days = 49300/31 minor units, rounded to USD 15.90',
    }),
    cause: z
      .string()
      .meta({ description: 'The event that brings it.', example: 'subscription.plan_changed' }),
    planCode: z.string().meta({ example: 'professional' }),
    planVersion: z.int().meta({ example: 1 }),
    billingCycle: billedCycle,
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

export const chargeLineFields = z
  .object({
    id: z.string().meta({ example: 'SUB-001.3.0:charge' }),
    type: z.enum(['subscription', 'proration', 'credit']),
    description: z.string(),
    amount,
    quantity: z.int().meta({ example: 1 }),
    unitPrice: amount,
    period: billedPeriod,
    explain: explainFields,
  })
  .meta({ id: 'ChargeLine' });

export type ChargeLineView = z.output<typeof chargeLineFields>;

export function chargeLineView(line: ChargeLine): ChargeLineView {
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
      text: explanationOf(line),
      ...explained,
      exact: exactMinor,
      takenFrom: takenFrom && { lineId: takenFrom.lineId, left: minor(takenFrom.leftMinor) },
    },
  };
}
