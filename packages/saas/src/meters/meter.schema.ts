import { z } from 'zod';
import { instantValue, pageQuery, text } from '../http/index.js';
import { DIMENSIONS_LIMIT } from './meter.js';
import { METER_CODE, type MeterChange, type MeterInput, meterFlaws } from './meter.rules.js';

const FILTERS_LIMIT = 10;
const FILTER_VALUES_LIMIT = 100;

const displayName = text({ max: 200 }).meta({ example: 'Tokens generated' });
const description = text({ max: 2_000 });
const unit = text({ max: 50 }).meta({ description: 'What one of it is called.', example: 'token' });
const property = text({ max: 64 });
const dimensions = z
  .array(property)
  .max(DIMENSIONS_LIMIT, `must name at most ${DIMENSIONS_LIMIT} properties`)
  .meta({ description: 'Properties by which the use is told apart.', example: ['model'] });

const aggregation = z.enum(['sum', 'gauge', 'max', 'unique', 'latest']).meta({
  description:
    '`sum` adds up; `gauge` is a level that moves by deltas or is set; `max` is the highest value; `unique` counts ' +
    'distinct values of a property; `latest` is the value with the newest timestamp.',
  example: 'sum',
});

const filter = z
  .array(
    z.strictObject({
      property,
      in: z
        .array(z.union([text({ max: 500, min: 0 }), z.number(), z.boolean()]))
        .min(1, 'must hold at least one value')
        .max(FILTER_VALUES_LIMIT, `must hold at most ${FILTER_VALUES_LIMIT} values`),
    }),
  )
  .max(FILTERS_LIMIT, `must hold at most ${FILTERS_LIMIT} conditions`)
  .meta({
    description: 'An event counts when each condition holds; values are compared as text.',
    example: [{ property: 'status', in: ['ok'] }],
  });

export const meterCode = z
  .string()
  .regex(
    METER_CODE,
    'must be 1 to 64 letters and digits in lower camel case, or lower case with inner hyphens',
  )
  .meta({ example: 'tokensGenerated' });

/** What describes a meter, in answers and items alike. */
export const meterFields = z.object({
  code: z.string().meta({ example: 'tokensGenerated' }),
  displayName,
  description: description.exactOptional(),
  aggregation,
  unit: unit.exactOptional(),
  resets: z.enum(['period', 'never']).meta({
    description: '`period`: each month begins at 0; `never`: it goes on where it was left.',
  }),
  eventName: text({ max: 255 }).meta({
    description: 'Events with this `metric`, or CloudEvents of this `type`, feed it.',
    example: 'completion',
  }),
  valueProperty: property
    .exactOptional()
    .meta({ description: 'The quantity stands in this property; an event without it does not count.' }),
  uniqueProperty: property
    .exactOptional()
    .meta({ description: 'Of `unique`: whose distinct values count; an event without it does not.' }),
  filter,
  dimensions,
  isActive: z.boolean().meta({ description: 'False: retired, it counts nothing more.' }),
});

const { isActive: _setByRoutes, ...said } = meterFields.shape;

export const meterBody = z
  .strictObject({
    ...said,
    code: meterCode,
    resets: said.resets
      .exactOptional()
      .meta({ description: 'Default: `never` for `gauge` and `latest`, otherwise `period`.' }),
    eventName: said.eventName.exactOptional().meta({ description: 'Default: the code.' }),
    filter: filter.exactOptional(),
    dimensions: dimensions.exactOptional(),
  })
  .transform((input): MeterInput => input)
  .superRefine((input, context) => {
    for (const { path, message } of meterFlaws(input))
      context.addIssue({ code: 'custom', path: path.split('.'), message });
  })
  .meta({ id: 'NewMeter' });

export const meterChangeBody = z
  .strictObject({
    displayName: displayName.exactOptional(),
    description: description.nullable().exactOptional(),
    unit: unit.nullable().exactOptional(),
    dimensions: dimensions
      .exactOptional()
      .meta({ description: 'All there are from now on: those of before and perhaps more.' }),
  })
  .refine((value) => Object.keys(value).length > 0, 'names nothing to change')
  .transform((input): MeterChange => input)
  .meta({ id: 'MeterChange' });

export const meterView = meterFields
  .extend({
    isBuiltIn: z.boolean().meta({ description: 'Every tenant has it; only how it is described can change.' }),
    limitName: z.string().meta({ description: 'Its limit in a plan.', example: 'tokensGenerated' }),
    version: z.int().meta({ description: '0 for a built-in meter nobody has changed.', example: 1 }),
    createdAt: instantValue.nullable(),
    updatedAt: instantValue.nullable(),
  })
  .meta({ id: 'Meter' });

export type MeterView = z.output<typeof meterView>;

export const meterListQuery = pageQuery.extend({
  includeRetired: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true')
    .meta({ override: { type: 'boolean', enum: [true, false], default: false } }),
});
