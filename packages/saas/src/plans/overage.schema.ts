import { Quantity, quantityToJson } from '@landlord/kernel';
import { z } from 'zod';
import { narrowableQuantity as quantity } from '../http/index.js';
import { tierFlaws } from './plan.rules.js';

export const TIERS_LIMIT = 100;

const HUNDRED = Quantity.of(100);
const DECIMAL_TEXT = { type: 'string', pattern: '^(0|[1-9][0-9]{0,29})(\\.[0-9]{1,9})?$' } as const;
const always = { when: () => true };

/** How much of something, as JSON keeps it exactly. */
export const amountOfUnits = quantity
  .refine((value) => !value.isNegative(), 'must not be negative')
  .transform(quantityToJson)
  .meta({
    override: { anyOf: [{ type: 'number', minimum: 0 }, DECIMAL_TEXT] },
    example: 10_000,
  });

const positiveUnits = quantity
  .refine((value) => !value.isNegative() && !value.isZero(), 'must be more than 0')
  .transform(quantityToJson)
  .meta({ override: { anyOf: [{ type: 'number', exclusiveMinimum: 0 }, DECIMAL_TEXT] } });

const unitPrice = quantity
  .refine((value) => !value.isNegative(), 'must not be negative')
  .transform(String)
  .meta({
    description: 'Decimal text in minor units, up to 9 places: "0.25" is a quarter of a cent.',
    override: { anyOf: [DECIMAL_TEXT, { type: 'number', minimum: 0 }] },
    example: '0.25',
  });

const rate = quantity
  .refine((value) => !value.isNegative() && value.compare(HUNDRED) <= 0, 'must be from 0 to 100')
  .transform(String)
  .meta({
    description: 'Percent of what was metered, itself an amount in minor units.',
    override: { anyOf: [DECIMAL_TEXT, { type: 'number', minimum: 0, maximum: 100 }] },
    example: '2.9',
  });

const tier = z.strictObject({
  upTo: positiveUnits.nullable().meta({ description: 'Up to and with this; null on the last tier.' }),
  unitPrice,
  flatPrice: unitPrice.exactOptional(),
});

const tiers = z
  .array(tier)
  .min(1, 'must have at least 1 tier')
  .max(TIERS_LIMIT, `must have at most ${TIERS_LIMIT} tiers`)
  .superRefine((value, context) => {
    const shown: readonly unknown[] = Array.isArray(value) ? value.slice(0, TIERS_LIMIT) : [];
    for (const { path, message } of tierFlaws(shown))
      context.addIssue({ code: 'custom', path: pathOf(path), message });
  }, always);

const freeUnits = amountOfUnits
  .exactOptional()
  .meta({ description: 'Not charged, counted from the first unit over the limit.' });

/** What use beyond a limit costs. */
export const overagePrice = z.discriminatedUnion(
  'model',
  [
    z.strictObject({ model: z.literal('per_unit'), unitPrice, freeUnits }),
    z.strictObject({
      model: z.literal('package'),
      packageSize: positiveUnits,
      packagePrice: unitPrice,
      freeUnits,
    }),
    z.strictObject({ model: z.literal('graduated'), tiers, freeUnits }),
    z.strictObject({ model: z.literal('volume'), tiers, freeUnits }),
    z.strictObject({ model: z.literal('percentage'), rate, freeUnits }),
  ],
  'must be one of "per_unit", "package", "graduated", "volume", "percentage"',
);

/** Dotted path to the parts zod wants; indexes stay numbers. */
export function pathOf(dotted: string): (string | number)[] {
  return dotted.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}
