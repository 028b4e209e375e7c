import {
  type Command,
  type Item,
  isTenantCode,
  type JsonObject,
  type KeptId,
  keyFlaw,
  type MeterEffect,
  type MeterReading,
  type PortableCommand,
  type RecordedEvent,
  type RecordedSighting,
  type TenantRow,
  tenantPk,
} from '@landlord/kernel';
import { z } from 'zod';
import { text } from '../http/index.js';
import { FILE_FORMAT, type FileCounts } from './tenant-file.js';

const ORIGIN_LENGTH = 1_000;
/** Far more than a tree is deep. */
const POOLS_LIMIT = 100;
/** Far more than an event feeds. */
const READINGS_LIMIT = 1_000;
const hash = z.string().regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 in hexadecimal');
const count = z.int().min(0);
const sequence = z.int().min(1);
const version = z.int().min(1);
const label = text({ max: 1_000, min: 0 });
const owner = text({ max: ORIGIN_LENGTH, min: 0 });
const object = z.custom<JsonObject>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'is not an object',
);
const instant = z
  .string()
  .refine((value) => isCanonicalInstant(value), 'is not an instant such as 2024-01-31T09:00:00.000Z');

function isCanonicalInstant(value: string): boolean {
  const ms = Date.parse(value);
  return !Number.isNaN(ms) && new Date(ms).toISOString() === value;
}

const item = z.strictObject({
  pk: z.string(),
  sk: z.string(),
  version,
  tenantCode: z.string(),
  type: label,
  code: label,
  name: z.string(),
  attributes: object,
  isDeleted: z.boolean(),
  dueAt: instant.nullable(),
  createdAt: instant,
  createdBy: owner,
  updatedAt: instant,
  updatedBy: owner,
  requestId: owner,
  source: owner,
}) satisfies z.ZodType<Item>;

const body = {
  tenantCode: z.string(),
  type: z.string(),
  code: z.string(),
  name: z.string(),
  attributes: object,
  isDeleted: z.boolean().exactOptional(),
  dueAt: instant.nullable().exactOptional(),
};
const key = { pk: z.string(), sk: z.string() };

/** What was asked for; beyond its shape it is judged by whether it leads to the state it claims. */
const input = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('full'), ...key, version: count, ...body }),
  z.strictObject({
    kind: z.literal('partial'),
    ...key,
    version: count,
    code: z.string().exactOptional(),
    name: z.string().exactOptional(),
    attributes: object.exactOptional(),
    isDeleted: body.isDeleted,
    dueAt: body.dueAt,
  }),
  z.strictObject({
    kind: z.literal('increment'),
    ...key,
    increments: z.array(
      z.strictObject({
        path: z.array(z.string()),
        by: z.string(),
        min: z.string().exactOptional(),
        max: z.string().exactOptional(),
      }),
    ),
    initial: z.strictObject(body).exactOptional(),
  }),
]) satisfies z.ZodType<Command>;

const link = z.strictObject({ sequence, contentHash: hash, hash });

const command = z.strictObject({
  ...key,
  version,
  kind: z.enum(['full', 'partial', 'increment']),
  tenantCode: z.string(),
  type: label,
  input,
  item,
  userId: owner,
  requestId: owner,
  source: owner,
  ip: text({ max: ORIGIN_LENGTH, min: 0 }).nullable(),
  at: instant,
  link: link.nullable(),
  isRedacted: z.boolean(),
}) satisfies z.ZodType<PortableCommand>;

const shortHash = z.string().regex(/^[0-9a-f]{32}$/, 'is not half of a SHA-256 in hexadecimal');
const decimal = z.string().regex(/^-?\d{1,40}(\.\d{1,20})?$/, 'is not a decimal');

const dimensions = z.record(text({ max: 200 }), text({ max: 1_000, min: 0 }));

const reading = z.strictObject({
  metric: text({ max: 200 }),
  mode: z.enum(['add', 'set', 'max', 'latest', 'unique']),
  quantity: decimal,
  value: text({ max: 200, min: 0 }).exactOptional(),
  dimensions,
}) satisfies z.ZodType<MeterReading>;

const event = z.strictObject({
  id: text({ max: 1_000 }),
  fingerprint: shortHash,
  metric: text({ max: 200 }),
  periodSk: text({ max: 200 }),
  at: instant,
  hour: instant,
  quantity: decimal,
  mode: z.enum(['add', 'set', 'correct']),
  properties: object,
  readings: z.array(reading).max(READINGS_LIMIT),
  pooledWith: z.array(z.string().refine(isTenantCode, 'is not a tenant code')).max(POOLS_LIMIT),
  userId: owner,
  requestId: owner,
  recordedAt: instant,
}) satisfies z.ZodType<RecordedEvent>;

const eventId = z.strictObject({
  idHash: shortHash,
  fingerprint: shortHash,
  recordedAt: instant,
}) satisfies z.ZodType<KeptId>;

const hour = z.strictObject({
  metric: text({ max: 200 }),
  hour: instant,
  dimensions,
  quantity: decimal,
  count: z.int(),
}) satisfies z.ZodType<MeterEffect>;
const sighting = z.strictObject({
  metric: text({ max: 200 }),
  value: text({ max: 200 }),
  periodSk: text({ max: 200 }),
  isCarried: z.boolean(),
}) satisfies z.ZodType<RecordedSighting>;

const header = z.strictObject({
  kind: z.literal('tenant-export'),
  format: z.literal(FILE_FORMAT, `is not format ${FILE_FORMAT}`),
  tenantCode: z.string().refine(isTenantCode, 'is not a tenant code'),
  head: z.strictObject({ sequence: count, hash, unchained: count, isSealed: z.boolean() }),
});

const footer = z.strictObject({
  kind: z.literal('footer'),
  counts: z.strictObject({
    items: count,
    commands: count,
    removed: count,
    events: count,
    eventIds: count,
    hours: count,
    sightings: count,
  }),
  sha256: hash,
});

export const fileLine = z.discriminatedUnion(
  'kind',
  [
    header,
    z.strictObject({ kind: z.literal('item'), item }),
    z.strictObject({ kind: z.literal('command'), command }),
    z.strictObject({ kind: z.literal('removed'), link }),
    z.strictObject({ kind: z.literal('event'), event }),
    z.strictObject({ kind: z.literal('eventId'), eventId }),
    z.strictObject({ kind: z.literal('hour'), hour }),
    z.strictObject({ kind: z.literal('sighting'), sighting }),
    footer,
  ],
  'is no line of a tenant export',
);

export type FileLine = z.output<typeof fileLine>;
export type Footer = z.output<typeof footer> & { readonly counts: FileCounts };

/** Why a row does not belong to the tenant of the file, or contradicts itself; null when it does not. */
export function rowFlaw(row: TenantRow, tenantCode: string): string | null {
  switch (row.kind) {
    case 'item':
      return itemFlaw(row.item, tenantCode);
    case 'command':
      return commandFlaw(row.command, tenantCode);
    default:
      return null;
  }
}

function itemFlaw(row: Item | PortableCommand, tenantCode: string): string | null {
  if (row.pk !== tenantPk(tenantCode)) return `the key does not belong to the tenant ${tenantCode}`;
  if (row.tenantCode !== tenantCode) return `the row does not belong to the tenant ${tenantCode}`;
  return keyFlaw(row);
}

function commandFlaw(row: PortableCommand, tenantCode: string): string | null {
  const flaw = itemFlaw(row, tenantCode) ?? itemFlaw(row.item, tenantCode);
  if (flaw !== null) return flaw;
  const { input: said, item: state } = row;
  const isOne = [said, state].every(({ pk, sk }) => pk === row.pk && sk === row.sk);
  const isSame = state.version === row.version && state.type === row.type && said.kind === row.kind;
  return isOne && isSame
    ? null
    : 'the command, what was asked for and the state are not of one item and version';
}
