// Validation: the schema of a usage event as zod has it in the product, and the same said with its peers.
import { type as arktype } from 'arktype';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import * as v from 'valibot';
import { z } from 'zod';
import { ownEvent } from '../packages/saas/dist/usage/usage-event.schema.js';
import { sideBySide } from './lib/measure.mjs';
import { rateTable, table } from './lib/report.mjs';

export const title = 'Validation';
const COUNT = 1_000;
const EVENTS = Array.from({ length: COUNT }, (_, index) => ({
  id: `req-${index}`,
  metric: 'apiCalls',
  quantity: index % 2 ? 1 : '12.5',
  timestamp: '2024-01-31T10:00:00+02:00',
  properties: { route: '/v1/things', status: 200, cached: false },
}));
const BROKEN = [...EVENTS.slice(0, 3), { ...EVENTS[3], metric: 7 }];
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;
const DECIMAL = /^-?(0|[1-9][0-9]{0,29})(\.[0-9]{1,9})?$/;

const { zodSchema, valibotSchema, typeboxSchema, arktypeSchema } = schemas();
const compiled = Compile(typeboxSchema);

const CANDIDATES = [
  {
    name: 'zod',
    parse: (input) => zodSchema.safeParse(input).success,
    flaw: (input) => zodSchema.safeParse(input).error.issues[0].path.join('.'),
  },
  {
    name: 'valibot',
    parse: (input) => v.safeParse(valibotSchema, input).success,
    flaw: (input) => v.getDotPath(v.safeParse(valibotSchema, input).issues[0]),
  },
  {
    name: 'typebox, compiled',
    parse: (input) => compiled.Check(input),
    flaw: (input) => compiled.Errors(input)[0].instancePath,
  },
  {
    name: 'arktype',
    parse: (input) => !(arktypeSchema(input) instanceof arktype.errors),
    flaw: (input) => arktypeSchema(input)[0].path.join('.'),
  },
];

export async function run() {
  for (const { name, parse } of CANDIDATES) {
    if (!parse(EVENTS)) throw new Error(`${name} refuses sound events`);
    if (parse(BROKEN)) throw new Error(`${name} takes broken events`);
  }
  const results = await sideBySide([
    ...CANDIDATES.map(({ name, parse }) => ({ name, unitsPerRun: COUNT, run: () => parse(EVENTS) })),
    {
      name: 'zod, the schema of the product',
      unitsPerRun: COUNT,
      run: () => productSchema.safeParse(EVENTS),
    },
  ]);
  return [
    rateTable('Check 1,000 usage events: shape and patterns', results, 'events'),
    table(
      ['`metric` of the fourth event is a number', 'its place in the error'],
      CANDIDATES.map(({ name, flaw }) => [name, `\`${flaw(BROKEN)}\``]),
    ),
    'The schema of the product also turns times and quantities into domain types and looks for broken text.\n',
  ].join('\n');
}

const productSchema = z.array(ownEvent);

/** One shape, four times. */
function schemas() {
  const zodSchema = z.array(
    z.strictObject({
      id: z.string().min(1).max(255),
      metric: z.string().min(1).max(64),
      quantity: z.union([z.number(), z.string().regex(DECIMAL)]).optional(),
      timestamp: z.string().regex(INSTANT).optional(),
      properties: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
    }),
  );
  const valibotSchema = v.array(
    v.strictObject({
      id: v.pipe(v.string(), v.minLength(1), v.maxLength(255)),
      metric: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
      quantity: v.optional(v.union([v.number(), v.pipe(v.string(), v.regex(DECIMAL))])),
      timestamp: v.optional(v.pipe(v.string(), v.regex(INSTANT))),
      properties: v.optional(v.record(v.string(), v.union([v.string(), v.number(), v.boolean(), v.null()]))),
    }),
  );
  const typeboxSchema = Type.Array(
    Type.Object(
      {
        id: Type.String({ minLength: 1, maxLength: 255 }),
        metric: Type.String({ minLength: 1, maxLength: 64 }),
        quantity: Type.Optional(Type.Union([Type.Number(), Type.String({ pattern: DECIMAL.source })])),
        timestamp: Type.Optional(Type.String({ pattern: INSTANT.source })),
        properties: Type.Optional(
          Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()])),
        ),
      },
      { additionalProperties: false },
    ),
  );
  const arktypeSchema = arktype({
    '+': 'reject',
    id: '1 <= string <= 255',
    metric: '1 <= string <= 64',
    'quantity?': arktype('number').or(DECIMAL),
    'timestamp?': INSTANT,
    'properties?': { '[string]': 'string | number | boolean | null' },
  }).array();
  return { zodSchema, valibotSchema, typeboxSchema, arktypeSchema };
}
