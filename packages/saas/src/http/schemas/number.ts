import { parseQuantity } from '@landlord/kernel';
import { z } from 'zod';

/** A whole number that a double holds exactly. */
export function integer({ min = 0, max = Number.MAX_SAFE_INTEGER }: { min?: number; max?: number } = {}) {
  return z.int().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`);
}

/** A whole number in a query, where everything is text. */
export function queryInteger({ min, max }: { min: number; max: number }) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string(message)
    .regex(/^-?\d{1,15}$/, message)
    .transform(Number)
    .refine((value) => value >= min && value <= max, message)
    .meta({ override: { type: 'integer', minimum: min, maximum: max } });
}

/** Like `quantity`, not yet described: for schemas that narrow it. */
export const narrowableQuantity = z
  .union([z.number(), z.string().max(64)], {
    error: ({ input }) =>
      input === undefined ? 'is required' : 'must be a number or a decimal string such as "12.5"',
  })
  .transform((value, context) => {
    const parsed = parseQuantity(value);
    if (parsed.ok) return parsed.value;
    context.addIssue({ code: 'custom', message: parsed.message, input: value });
    return z.NEVER;
  });

/** An amount of use in a request: a number, or a decimal string where a number could not say it exactly. Gives a `Quantity`. */
export const quantity = narrowableQuantity.meta({
  id: 'Quantity',
  description: 'A number, or a decimal string with up to 30 digits before and 9 after the point.',
  example: 1,
  override: {
    oneOf: [{ type: 'number' }, { type: 'string', pattern: '^-?(0|[1-9][0-9]{0,29})(\\.[0-9]{1,9})?$' }],
  },
});

/** An amount of use in an answer: a number when a double says it exactly, otherwise a decimal string. */
export const quantityValue = z.union([z.number(), z.string()]).meta({
  id: 'QuantityValue',
  description: 'A number when a double says it exactly, otherwise a decimal string.',
  example: 42,
});

/** Money in an answer or request: whole minor units of the currency. */
export const amount = z.int().meta({
  id: 'Amount',
  description: 'Whole minor units of the currency: 4900 is USD 49.00.',
  example: 4900,
});
