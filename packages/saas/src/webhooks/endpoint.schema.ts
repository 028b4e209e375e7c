import { invalidInput } from '@landlord/kernel';
import { z } from 'zod';
import { code, instant, instantValue, integer, text } from '../http/index.js';
import { PATTERNS_LIMIT, URL_LENGTH_LIMIT } from './endpoint.js';
import { patternFlaw } from './event.js';
import { EVENT_NAMES } from './event-source.item.js';

const GRACE_DEFAULT_SECONDS = 86_400;
const GRACE_LIMIT_SECONDS = 7 * 86_400;
const DESCRIPTION_LENGTH = 500;
const PATTERN_LENGTH = 100;

export const endpointParams = z.object({ id: code() });

const url = text({ max: URL_LENGTH_LIMIT }).meta({
  description: 'https, to a public address; the port may be any that is not known for another protocol.',
  example: 'https://example.com/webhooks/landlord',
});

const events = z
  .array(text({ max: PATTERN_LENGTH }))
  .min(1, 'must name at least one event; * is all')
  .max(PATTERNS_LIMIT, `must have at most ${PATTERNS_LIMIT} entries`)
  .superRefine((patterns, context) => {
    for (const [index, pattern] of patterns.entries()) {
      const flaw = patternFlaw(pattern, EVENT_NAMES);
      if (flaw !== null) context.addIssue({ code: 'custom', path: [index], message: flaw, input: pattern });
    }
  })
  .meta({
    description: `\`*\`, names, or beginnings of names. Known are ${EVENT_NAMES.join(', ')}.`,
    example: ['subscription.*'],
  });

const fields = {
  url,
  description: text({ max: DESCRIPTION_LENGTH }).nullable(),
  events,
  isActive: z.boolean(),
};

export const createEndpointBody = z
  .strictObject({
    url: fields.url,
    description: fields.description.default(null),
    events: fields.events.default(['*']),
    isActive: fields.isActive.default(true),
  })
  .meta({ id: 'WebhookEndpointInput' });

export type CreateEndpointInput = z.output<typeof createEndpointBody>;

export const patchEndpointBody = z
  .strictObject({
    url: fields.url.exactOptional(),
    description: fields.description.exactOptional(),
    events: fields.events.exactOptional(),
    isActive: fields.isActive
      .exactOptional()
      .meta({ description: '`true` also takes a disabling back that followed from failures.' }),
  })
  .meta({ id: 'WebhookEndpointPatch' });

export type PatchEndpointInput = z.output<typeof patchEndpointBody>;

export const rotateBody = z
  .strictObject({
    graceSeconds: integer({ max: GRACE_LIMIT_SECONDS })
      .default(GRACE_DEFAULT_SECONDS)
      .meta({ description: 'How long the secret before signs as well; 0 ends it at once.' }),
  })
  .default({ graceSeconds: GRACE_DEFAULT_SECONDS });

export const replayBody = z.strictObject({ since: instant });

/** What an item says of an endpoint, besides its id. */
export const endpointAttributes = z.object({
  url: z.string(),
  description: z.string().nullable(),
  events: z.array(z.string()),
  isActive: z.boolean(),
  secretId: z.string(),
  previousSecretUntil: z.string().nullable(),
  failingSince: z.string().nullable(),
  disabledAt: z.string().nullable(),
  disabledReason: z.string().nullable(),
  replaySince: z.string().nullable(),
});

export const tallyAttributes = z.object({ count: z.int().min(0).default(0) });

const moment = (description: string) => instantValue.nullable().meta({ description, example: null });

export const endpointView = z
  .object({
    id: z.string().meta({ example: 'whk-5d41402abc4b2a76' }),
    url: z.string().meta({ example: 'https://example.com/webhooks/landlord' }),
    description: z.string().nullable(),
    events: z.array(z.string()).meta({ example: ['subscription.*'] }),
    isActive: z.boolean().meta({ description: 'As it was asked for.' }),
    isSending: z.boolean().meta({ description: 'Whether events are sent there now.' }),
    secretId: z
      .string()
      .meta({ description: 'Tells the signing secret that is good from those before; no secret.' }),
    previousSecretUntil: moment('Until then the secret before signs as well.'),
    failingSince: moment('Of the first failure behind the last success.'),
    disabledAt: moment('Nothing is sent since then, though it is active.'),
    disabledReason: z.string().nullable().meta({ example: null }),
    replaySince: moment('What failed of events since then is about to be sent again.'),
    version: z.int().meta({ example: 1 }),
    createdAt: instantValue,
    updatedAt: instantValue,
  })
  .meta({ id: 'WebhookEndpoint' });

export type EndpointView = z.output<typeof endpointView>;

export const issuedEndpointView = endpointView
  .extend({
    secret: z.string().nullable().meta({
      description:
        'Shown this once and kept sealed: null in the repetition of a request under its Idempotency-Key.',
      example: null,
    }),
  })
  .meta({ id: 'IssuedWebhookEndpoint' });

export type IssuedEndpointView = z.output<typeof issuedEndpointView>;

/** A URL that the transport would never ask is refused where it is given. */
export function requireUrl(given: string, flawOf: (url: string) => string | null): void {
  const flaw = flawOf(given);
  if (flaw !== null) throw invalidInput('url', flaw);
}
