import { z } from 'zod';
import {
  CURRENCY_MESSAGE,
  code,
  currency,
  instantValue,
  integer,
  isCurrency,
  pageQuery,
  text,
} from '../http/index.js';
import { amountOfUnits, overagePrice } from './overage.schema.js';
import { planFlaws } from './plan.rules.js';

/** Sums of several stay exact in JSON. */
const PRICE_LIMIT = 999_999_999_999_999;
const FEATURES_LIMIT = 200;
const CURRENCIES_LIMIT = 50;

/** Money of a plan. Adding 0 turns -0 into 0, as every store would. */
const price = integer({ max: PRICE_LIMIT })
  .overwrite((value) => value + 0)
  .meta({ description: 'Whole minor units of the currency: 4900 is USD 49.00.', example: 4900 });

const prices = z
  .record(z.string().refine(isCurrency, CURRENCY_MESSAGE), z.strictObject({ monthly: price, yearly: price }))
  .refine(
    (value) => Object.keys(value).length <= CURRENCIES_LIMIT,
    `must be in at most ${CURRENCIES_LIMIT} currencies`,
  )
  .meta({
    description: 'Prices in further currencies.',
    example: { EUR: { monthly: 2_700, yearly: 27_000 } },
  });

const feature = z.strictObject({
  name: text({ max: 100 }).meta({ example: 'sso' }),
  enabled: z.boolean(),
  value: z
    .union(
      [text({ max: 1000, min: 0 }), z.number().overwrite((value) => value + 0), z.boolean()],
      'must be text, a number, true or false',
    )
    .exactOptional(),
});

const limit = amountOfUnits.nullable();

const limits = z
  .object({ maxUsers: limit, maxApiCalls: limit, maxStorageGb: limit, maxProjects: limit })
  .catchall(limit)
  .meta({
    description: '`null` is unlimited, 0 is zero. Meters of your own are limited under their own names.',
    example: { maxUsers: 5, maxApiCalls: 10_000, maxStorageGb: 10, maxProjects: 3 },
  });

/** What describes a plan, in answers and items alike. */
export const planFields = z.object({
  code: code().meta({ example: 'starter' }),
  displayName: text({ max: 200 }).meta({ example: 'Starter' }),
  description: text({ max: 2000 }).exactOptional(),
  monthlyPrice: price,
  yearlyPrice: price,
  currency,
  prices: prices.exactOptional(),
  trialDays: integer({ max: 730 })
    .overwrite((value) => value + 0)
    .meta({ example: 14 }),
  features: z.array(feature).max(FEATURES_LIMIT, `must have at most ${FEATURES_LIMIT} features`),
  limits,
  enforcement: z
    .record(z.string(), z.enum(['hard', 'soft']))
    .meta({ description: 'By metric; `hard` where nothing is said.', example: { apiCalls: 'hard' } }),
  overage: z.record(z.string(), overagePrice).meta({ description: 'By metric.' }),
  isActive: z.boolean().meta({ description: 'False: retired, it can no longer be chosen.' }),
});

const { code: planCode, ...content } = planFields.shape;
const versionFields = {
  ...content,
  trialDays: content.trialDays.default(0),
  features: content.features.default([]),
  enforcement: content.enforcement.default({}),
  overage: content.overage.default({}),
  isActive: content.isActive.exactOptional(),
};

/** Runs whatever else is wrong, so that everything is named at once. */
function withoutFlaws<T extends object>(plan: T, context: z.RefinementCtx<T>): void {
  const isObject = typeof plan === 'object' && plan !== null;
  for (const { path, message } of planFlaws(isObject ? { ...plan } : {}))
    context.addIssue({ code: 'custom', path: partsOf(path), message });
}

/** The first name and the rest: names of meters may hold dots. */
function partsOf(path: string): string[] {
  const [field = '', ...rest] = path.split('.');
  return rest.length === 0 ? [field] : [field, rest.join('.')];
}

const always = { when: () => true };

export const planVersionBody = z.strictObject(versionFields).superRefine(withoutFlaws, always);
export const planBody = z
  .strictObject({ code: planCode, ...versionFields })
  .superRefine(withoutFlaws, always);

export const planVersionNumber = z.int().meta({ description: 'Version of the plan, from 1.', example: 1 });

export const planView = planFields
  .extend({
    version: planVersionNumber,
    revision: z.int().meta({
      description: 'Counts every change, retiring too; this is what `ETag` and `If-Match` name.',
      example: 1,
    }),
    updatedAt: instantValue,
  })
  .meta({
    id: 'Plan',
    description: 'A plan at its newest version. Prices are minor units of the currency.',
  });

export const addedVersionView = planView.extend({
  created: z.boolean().meta({ description: 'False: the newest version says the same, so none was added.' }),
});

export const planVersionView = planFields
  .extend({ version: planVersionNumber, createdAt: instantValue })
  .meta({ id: 'PlanVersion', description: 'A version of a plan, as it was when it was made.' });

export const planListQuery = pageQuery.extend({
  includeRetired: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true')
    .meta({ override: { type: 'boolean', enum: [true, false], default: false } }),
});

export type PlanView = z.output<typeof planView>;
export type AddedVersionView = z.output<typeof addedVersionView>;
export type PlanVersionView = z.output<typeof planVersionView>;
