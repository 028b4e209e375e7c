import { parseQuantity, Quantity, quantityToJson } from '../pure/decimal.js';
import {
  isJsonObject,
  JSON_BYTES_LIMIT,
  type JsonFlaw,
  type JsonObject,
  type JsonValue,
  jsonFlaw,
  mergeDeep,
  sameJson,
} from '../pure/json.js';
import { type ItemKey, keyFlaw, tenantOfPk, VERSION_FIRST } from '../pure/keys.js';
import {
  type Command,
  type CommandRecord,
  type FullInput,
  type Increment,
  type IncrementInput,
  type PartialInput,
  type Refusal,
} from './command.js';
import { type Item, type Origin } from './item.js';

/** What a command does to an item. Stores, rebuilds and the test model all ask this one function. */
export type Evolution =
  | { readonly status: 'changed'; readonly item: Item }
  | { readonly status: 'unchanged' }
  | { readonly status: 'refused'; readonly refusal: Refusal };

/** The most that can be read back; beyond it the attribute could never be incremented again. */
const NUMBER_LIMIT = '999999999999999999999999999999.999999999';

const LOOK_UP_BYTES_LIMIT = 200;
const ORIGIN_BYTES_LIMIT = 1_000;
const INSTANT_EXAMPLE = '2024-01-31T09:00:00.000Z';

type Body = Pick<Item, 'tenantCode' | 'type' | 'code' | 'name' | 'attributes' | 'isDeleted' | 'dueAt'>;
type Intent = { readonly body: Body } | { readonly refusal: Refusal };

/** Pure: the state after `command`, given the state before it (null = never existed). */
export function evolve(current: Item | null, command: Command, origin: Origin): Evolution {
  const intent = intentOf(current, command);
  if ('refusal' in intent) return { status: 'refused', refusal: intent.refusal };
  const flaw = storageFlaw(command, intent.body, origin);
  if (flaw) return { status: 'refused', refusal: flaw };
  if (current && sameBody(current, intent.body)) return { status: 'unchanged' };
  return { status: 'changed', item: nextItem(current, command, intent.body, origin) };
}

/** The state that a log of commands on one item leads to. Throws when the log is not one. */
export function replay(records: Iterable<CommandRecord>): Item | null {
  let item: Item | null = null;
  for (const record of records) item = replayOne(item, record);
  return item;
}

export function replayOne(current: Item | null, record: CommandRecord): Item {
  if (record.isRedacted) return redactedItem(current, record);
  const evolution = evolve(current, record.input, record);
  if (evolution.status !== 'changed' || evolution.item.version !== record.version) {
    throw new Error(`the log of ${record.pk} ${record.sk} does not lead to version ${record.version}`);
  }
  return evolution.item;
}

/** What a redacted command asked for is gone; the state it left behind was kept, without the person. */
function redactedItem(current: Item | null, { pk, sk, version, item }: CommandRecord): Item {
  if (version === (current?.version ?? VERSION_FIRST) + 1 && item.version === version) return item;
  throw new Error(`the log of ${pk} ${sk} does not lead to version ${version}`);
}

function intentOf(current: Item | null, command: Command): Intent {
  switch (command.kind) {
    case 'full':
      return conflict(current, command) ?? { body: fullBody(command) };
    case 'partial':
      return partialIntent(current, command);
    case 'increment':
      return incrementIntent(current, command);
  }
}

function conflict(current: Item | null, input: ItemKey & { version: number }): { refusal: Refusal } | null {
  const currentVersion = current?.version ?? VERSION_FIRST;
  if (input.version === currentVersion) return null;
  return {
    refusal: { reason: 'version_conflict', key: keyOf(input), givenVersion: input.version, currentVersion },
  };
}

function fullBody(input: FullInput): Body {
  const { tenantCode, type, code, name, attributes, isDeleted = false, dueAt = null } = input;
  return { tenantCode, type, code, name, attributes, isDeleted, dueAt };
}

function partialIntent(current: Item | null, input: PartialInput): Intent {
  if (!current) return { refusal: { reason: 'item_absent', key: keyOf(input) } };
  const refused = conflict(current, input);
  if (refused) return refused;
  const { code, name, isDeleted, dueAt, attributes } = input;
  return {
    body: {
      ...bodyOf(current),
      ...(code === undefined ? {} : { code }),
      ...(name === undefined ? {} : { name }),
      ...(isDeleted === undefined ? {} : { isDeleted }),
      ...(dueAt === undefined ? {} : { dueAt }),
      attributes: mergeDeep(current.attributes, attributes ?? {}),
    },
  };
}

function incrementIntent(current: Item | null, input: IncrementInput): Intent {
  const start = current
    ? bodyOf(current)
    : input.initial
      ? fullBody({ ...keyOf(input), version: VERSION_FIRST, ...input.initial })
      : null;
  if (!start || start.isDeleted) return { refusal: { reason: 'item_absent', key: keyOf(input) } };
  let attributes = start.attributes;
  for (const increment of input.increments) {
    const outcome = incremented(attributes, increment, keyOf(input));
    if ('refusal' in outcome) return outcome;
    attributes = outcome.attributes;
  }
  return { body: { ...start, attributes } };
}

function incremented(
  attributes: JsonObject,
  { path, by, min, max }: Increment,
  key: ItemKey,
): { attributes: JsonObject } | { refusal: Refusal } {
  const attribute = path.join('.');
  const before = numberAt(attributes, path);
  const delta = parseQuantity(by);
  if (!before || !delta.ok || path.length === 0)
    return { refusal: { reason: 'not_numeric', key, attribute } };
  const after = before.add(delta.value);
  const bound = passedBound(after, min, max) ?? passedBound(after, `-${NUMBER_LIMIT}`, NUMBER_LIMIT);
  if (bound !== null) {
    return { refusal: { reason: 'out_of_bounds', key, attribute, current: before.toString(), by, bound } };
  }
  return { attributes: withValueAt(attributes, path, quantityToJson(after)) };
}

function passedBound(value: Quantity, min: string | undefined, max: string | undefined): string | null {
  if (min !== undefined && value.compare(Quantity.of(min)) < 0) return min;
  if (max !== undefined && value.compare(Quantity.of(max)) > 0) return max;
  return null;
}

function numberAt(attributes: JsonObject, path: readonly string[]): Quantity | null {
  let value: JsonValue | undefined = attributes;
  for (const name of path) {
    if (!isJsonObject(value)) return null;
    value = Object.hasOwn(value, name) ? value[name] : undefined;
    if (value === undefined) return Quantity.zero;
  }
  const parsed = parseQuantity(value);
  return parsed.ok ? parsed.value : null;
}

function withValueAt(object: JsonObject, path: readonly string[], value: JsonValue): JsonObject {
  const [name, ...rest] = path;
  if (name === undefined) return object;
  const inner = Object.hasOwn(object, name) ? object[name] : undefined;
  return {
    ...object,
    [name]: rest.length === 0 ? value : withValueAt(isJsonObject(inner) ? inner : {}, rest, value),
  };
}

/** What keeps the command, its origin or the state from being stored exactly on every store. */
function storageFlaw(command: Command, body: Body, origin: Origin): Refusal | null {
  const key = keyOf(command);
  const unstorable = ({ path, message }: JsonFlaw): Refusal => ({ reason: 'unstorable', key, path, message });
  const badKey = keyFlaw(key);
  if (badKey) return unstorable({ path: 'key', message: badKey });
  if (tenantOfPk(key.pk) !== body.tenantCode) {
    return unstorable({ path: 'pk', message: `does not end in the tenant code ${body.tenantCode}` });
  }
  const flaw =
    jsonFlaw({ ...body }) ??
    jsonFlaw(saidOf(command)) ??
    lookUpFlaw(body) ??
    dueAtFlaw(body) ??
    originFlaw(origin);
  if (flaw) return unstorable(flaw);
  if (Buffer.byteLength(JSON.stringify(body)) <= JSON_BYTES_LIMIT) return null;
  return unstorable({
    path: 'attributes',
    message: `would make the item larger than ${JSON_BYTES_LIMIT} bytes`,
  });
}

function saidOf(command: Command): Record<string, unknown> {
  return Object.fromEntries(Object.entries(command).filter(([, value]) => value !== undefined));
}

/** Type and code stand in the secondary look-ups, together with the key. */
function lookUpFlaw({ type, code }: Body): JsonFlaw | null {
  const tooLong = Object.entries({ type, code }).find(
    ([, text]) => Buffer.byteLength(text) > LOOK_UP_BYTES_LIMIT,
  );
  return tooLong ? { path: tooLong[0], message: `is longer than ${LOOK_UP_BYTES_LIMIT} bytes` } : null;
}

/** One spelling per instant: a store that keeps instants gives back this one, and the log must say the same. */
function dueAtFlaw({ dueAt }: Body): JsonFlaw | null {
  return dueAt === null || isCanonicalInstant(dueAt)
    ? null
    : { path: 'dueAt', message: `is not an instant such as ${INSTANT_EXAMPLE}` };
}

function originFlaw({ userId, requestId, source, ip, at }: Origin): JsonFlaw | null {
  const flaw = jsonFlaw({ userId, requestId, source, ip }, 'origin');
  if (flaw) return flaw;
  const tooLong = Object.entries({ userId, requestId, source }).find(
    ([, text]) => Buffer.byteLength(text) > ORIGIN_BYTES_LIMIT,
  );
  if (tooLong) return { path: `origin.${tooLong[0]}`, message: `is longer than ${ORIGIN_BYTES_LIMIT} bytes` };
  return isCanonicalInstant(at)
    ? null
    : { path: 'origin.at', message: `is not an instant such as ${INSTANT_EXAMPLE}` };
}

function isCanonicalInstant(text: string): boolean {
  const ms = Date.parse(text);
  return !Number.isNaN(ms) && new Date(ms).toISOString() === text;
}

function nextItem(current: Item | null, command: Command, body: Body, origin: Origin): Item {
  return {
    ...keyOf(command),
    version: (current?.version ?? VERSION_FIRST) + 1,
    ...body,
    createdAt: current?.createdAt ?? origin.at,
    createdBy: current?.createdBy ?? origin.userId,
    updatedAt: origin.at,
    updatedBy: origin.userId,
    requestId: origin.requestId,
    source: origin.source,
  };
}

function bodyOf({ tenantCode, type, code, name, attributes, isDeleted, dueAt }: Item): Body {
  return { tenantCode, type, code, name, attributes, isDeleted, dueAt };
}

function sameBody(current: Item, body: Body): boolean {
  return sameJson({ ...bodyOf(current) }, { ...body });
}

function keyOf({ pk, sk }: ItemKey): ItemKey {
  return { pk, sk };
}
