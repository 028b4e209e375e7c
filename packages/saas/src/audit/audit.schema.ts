import {
  type AuditDifference,
  type CommandRecord,
  generateId,
  type Item,
  type ItemKey,
  type JsonObject,
  KEY_SEPARATOR,
} from '@landlord/kernel';
import { z } from 'zod';
import { instant, instantValue, pageOf, pageQuery, queryInteger, text } from '../http/index.js';
import { shownId, withoutSecrets } from './audit.redaction.js';

const ITEM_EXAMPLE = 'TENANT#acme-corp#SUBSCRIPTION#SUB-001';
const hash = z.string().meta({ description: 'SHA-256, hexadecimal.', example: 'b5bb9d8014a0f9b1...' });

/** `TENANT#acme-corp#SUBSCRIPTION#SUB-001`: the first two parts are the partition, the rest is the sort key. */
const itemId = text({ max: 2048 })
  .transform((id, context): ItemKey => {
    const [prefix, owner, ...rest] = id.split(KEY_SEPARATOR);
    const sk = rest.join(KEY_SEPARATOR);
    if (prefix && owner && sk) return { pk: `${prefix}${KEY_SEPARATOR}${owner}`, sk };
    context.addIssue({
      code: 'custom',
      message: `must be the id of an item, such as ${ITEM_EXAMPLE}`,
      input: id,
    });
    return z.NEVER;
  })
  .meta({
    override: { type: 'string' },
    description: 'Only what was done to this item.',
    example: ITEM_EXAMPLE,
  });

export const auditQuery = pageQuery.extend({
  type: text({ max: 64 })
    .exactOptional()
    .meta({ description: 'Only items of this type.', example: 'SUBSCRIPTION' }),
  userId: text({ max: 255 }).exactOptional().meta({ description: 'Only what this user did.' }),
  item: itemId.exactOptional(),
  asOf: instant.exactOptional().meta({
    override: { type: 'string', format: 'date-time' },
    description: 'Only what had been done by then; with `item`, also its state at that time.',
    example: '2024-01-31T10:00:00+02:00',
  }),
});

export type AuditQueryInput = z.output<typeof auditQuery>;

export const auditEntryView = z
  .object({
    id: z.string().meta({ description: 'The item.', example: 'TENANT#acme-corp#MASTER' }),
    type: z.string().meta({ example: 'TENANT' }),
    version: z.int().meta({ description: 'The version the command made.', example: 1 }),
    kind: z.enum(['full', 'partial', 'increment']),
    at: instantValue,
    userId: z.string().meta({
      description: '`several` where the usage of several callers was written at once.',
      example: 'usr-001',
    }),
    source: z.string().meta({ example: 'POST /tenants/provision' }),
    ip: z.string().nullable(),
    requestId: z.string(),
    sequence: z.int().nullable().meta({
      description: "Its place in the tenant's chain; null from before the chain began.",
      example: 17,
    }),
    hash: hash.nullable().meta({ description: 'Of this entry and all before it.' }),
    command: z.custom<JsonObject>().meta({
      override: { type: 'object' },
      description: 'What was asked for, as carried out; secrets are left out.',
    }),
  })
  .meta({ id: 'AuditEntry' });

export type AuditEntryView = z.output<typeof auditEntryView>;

export const itemStateView = z
  .object({
    id: z.string().meta({ example: ITEM_EXAMPLE }),
    type: z.string(),
    code: z.string(),
    name: z.string(),
    version: z.int(),
    attributes: z.custom<JsonObject>().meta({ override: { type: 'object' } }),
    createdAt: instantValue,
    createdBy: z.string(),
    updatedAt: instantValue,
    updatedBy: z.string(),
  })
  .meta({ id: 'ItemState' });

export type ItemStateView = z.output<typeof itemStateView>;

export const auditPage = pageOf(auditEntryView).extend({
  state: itemStateView
    .nullable()
    .optional()
    .meta({ description: 'With `item` and `asOf`: the item at that time; null when it was not there.' }),
});

/** Links and states looked at in one call. */
export const VERIFY_LIMIT = 20_000;
const VERIFY_LIMIT_DEFAULT = 5_000;

export const verifyQuery = z.strictObject({
  limit: queryInteger({ min: 1, max: VERIFY_LIMIT })
    .default(VERIFY_LIMIT_DEFAULT)
    .meta({
      description: 'How many entries and items to look at before handing back, rounded up to a page.',
      override: { type: 'integer', minimum: 1, maximum: VERIFY_LIMIT, default: VERIFY_LIMIT_DEFAULT },
    }),
  cursor: text({ max: 4096 }).exactOptional().meta({ description: '`nextCursor` of the call before.' }),
});

export const differenceView = z
  .object({
    flaw: z.enum(['content', 'link', 'gap', 'head', 'noted_head', 'state', 'unchained', 'erasure']),
    sequence: z.int().nullable(),
    item: z.string().nullable(),
    version: z.int().nullable(),
    message: z.string(),
  })
  .meta({ id: 'AuditDifference' });

export const verificationView = z
  .object({
    verified: z.boolean().meta({ description: 'Nothing differs in what was looked at.' }),
    entries: z.int().meta({ description: 'Entries of the chain that were verified in this call.' }),
    items: z.int().meta({ description: 'Items that are what their last command left behind.' }),
    unchained: z.int().meta({ description: 'Commands from before the chain began.' }),
    head: z.object({ sequence: z.int(), hash }),
    firstDifference: differenceView.nullable(),
    nextCursor: z.string().nullable().meta({ description: 'Null at the end, and when something differs.' }),
  })
  .meta({ id: 'AuditVerification' });

export type VerificationView = z.output<typeof verificationView>;

export function auditEntry(record: CommandRecord): AuditEntryView {
  const { type, version, kind, at, userId, source, ip, requestId, input, link } = record;
  return {
    id: shownId(generateId(record.pk, record.sk)),
    type,
    version,
    kind,
    at,
    userId,
    source,
    ip,
    requestId,
    sequence: link?.sequence ?? null,
    hash: link?.hash ?? null,
    command: withoutSecrets(input as unknown as JsonObject),
  };
}

export function itemState(item: Item): ItemStateView {
  const { type, code, name, version, attributes, createdAt, createdBy, updatedAt, updatedBy } = item;
  return {
    id: shownId(generateId(item.pk, item.sk)),
    type,
    code,
    name,
    version,
    attributes: withoutSecrets(attributes),
    createdAt,
    createdBy,
    updatedAt,
    updatedBy,
  };
}

export function differenceFields({ flaw, sequence, key, version, message }: AuditDifference) {
  const item = key && shownId(generateId(key.pk, key.sk));
  return { flaw, sequence, item, version, message: shownId(message) };
}
