import { z } from 'zod';
import { instant, quantity, text } from '../http/index.js';

export const EVENTS_LIMIT = 10_000;
export const ID_LENGTH = 255;
const PROPERTIES_LIMIT = 32;

const id = text({ max: ID_LENGTH }).meta({ description: 'Counts once, ever.', example: 'req-8f14e45f' });
const metric = text({ max: 255 }).meta({
  description: 'The name of the event: the meters that take events of this name count it.',
  example: 'apiCalls',
});

const properties = z
  .record(text({ max: 64 }), z.union([text({ max: 500, min: 0 }), z.number(), z.boolean(), z.null()]))
  .refine(
    (value) => Object.keys(value).length <= PROPERTIES_LIMIT,
    `must have at most ${PROPERTIES_LIMIT} names`,
  )
  .meta({ description: 'Dimensions of the event.', example: { route: '/v1/things' } });

const measure = {
  quantity: quantity.exactOptional().meta({ description: 'Default 1. For a gauge a signed delta.' }),
  set: quantity
    .exactOptional()
    .meta({ description: 'For a gauge, instead of `quantity`: the level it is at.' }),
};

export const ownEvent = z
  .strictObject({
    specversion: z
      .undefined()
      .optional()
      .meta({ override: { not: {} } }),
    id,
    metric,
    ...measure,
    timestamp: instant
      .exactOptional()
      .meta({ description: 'When it happened; default: now. Decides its period.' }),
    properties: properties.exactOptional(),
  })
  .meta({ id: 'UsageEvent' });

export const consumeBody = z
  .strictObject({ id, metric, ...measure, properties: properties.exactOptional() })
  .transform((input): UsageEventInput => input)
  .meta({ id: 'Consumption' });

export const cloudEventData = z
  .strictObject({ metric: metric.exactOptional(), ...measure, properties: properties.exactOptional() })
  .meta({
    id: 'UsageCloudEventData',
    description:
      'What a CloudEvent says; in binary mode the body. Without it: one of the metric that `type` names.',
  });

export const cloudEvent = z
  .looseObject({
    specversion: z.literal('1.0'),
    // An attribute that is unset may come as null.
    id: text({ max: ID_LENGTH }),
    source: text({ max: 2_000 }).meta({ description: 'Identifies the event together with `id`.' }),
    type: text({ max: 255 }).meta({
      description: 'The metric, unless `data.metric` names it.',
      example: 'apiCalls',
    }),
    time: instant.nullable().exactOptional(),
    subject: text({ max: 2_000, min: 0 }).nullable().exactOptional(),
    datacontenttype: text({ max: 255 }).nullable().exactOptional(),
    data: cloudEventData.nullable().exactOptional(),
    data_base64: z
      .undefined('is not taken; send data as JSON')
      .optional()
      .meta({ override: { not: {} } }),
  })
  .meta({ id: 'UsageCloudEvent', description: 'CloudEvents 1.0, structured.' });

const event = z.discriminatedUnion('specversion', [ownEvent, cloudEvent]);

export const eventsBody = z
  .union([
    z
      .array(event)
      .min(1, 'must hold at least one event')
      .max(EVENTS_LIMIT, `must hold at most ${EVENTS_LIMIT} events`),
    cloudEvent,
  ])
  .meta({
    id: 'UsageEvents',
    description: `1 to ${EVENTS_LIMIT} events, in the own form or as CloudEvents; or one CloudEvent.`,
  });

export const cloudEventBatch = z
  .array(cloudEvent)
  .min(1)
  .max(EVENTS_LIMIT)
  .meta({ id: 'UsageCloudEventBatch', description: 'CloudEvents 1.0, batched.' });

export type UsageEventInput = z.output<typeof event>;
