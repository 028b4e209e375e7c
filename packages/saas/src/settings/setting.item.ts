import { createHash } from 'node:crypto';
import {
  COMMON_MASTER_PK,
  type Command,
  generatePk,
  type Item,
  type ItemKey,
  type JsonObject,
  type JsonValue,
  type SortKeyCondition,
  tenantPk,
} from '@landlord/kernel';
import { z } from 'zod';
import { type SettingTally } from './setting.change.js';
import {
  isSettingName,
  SETTING_COUNT_LIMITS,
  SETTING_LEVELS,
  SETTING_TOTAL_BYTES_LIMIT,
  type Setting,
  type SettingOwner,
  type SettingState,
} from './setting.js';

export const SETTING_TYPE = 'SETTING';
export const SETTING_TALLY_TYPE = 'SETTINGTALLY';

/** The characters of names stand between these in the order of bytes. */
const BEFORE_NAMES = '!';
const AFTER_NAMES = '~';

const TALLY_PLACES: ReadonlyMap<string, RegExp> = new Map([
  ['tenant', /^SETTINGTALLY#tenant$/],
  ['group', /^SETTINGTALLY#group#[^#]+$/],
  ['user', /^SETTINGTALLY#user#[0-9a-f]{64}$/],
]);

const stored = z.object({
  value: z.custom<JsonValue>((value) => value !== undefined),
  byOperator: z.boolean(),
  operatorValue: z.custom<JsonValue>().exactOptional(),
});

export function settingKey(owner: SettingOwner, name: string): ItemKey {
  return { pk: pkOf(owner), sk: `${settingPrefix(owner)}${name}` };
}

/** An owner's settings behind `after`, or of all names that begin with `prefix`. */
export function settingRange(
  owner: SettingOwner,
  { prefix, after }: { prefix: string; after: string | null },
): { pk: string; sk: SortKeyCondition } {
  const base = settingPrefix(owner);
  const from = after === null ? prefix : `${after}${BEFORE_NAMES}`;
  return { pk: pkOf(owner), sk: { between: [`${base}${from}`, `${base}${prefix}${AFTER_NAMES}`] } };
}

/** What a stored setting says of itself and of its owner. */
export const settingAttributes = stored.extend({
  level: z.enum(SETTING_LEVELS),
  source: z.string(),
});

export const tallyAttributes = z.object({
  count: z.int().min(0).default(0),
  bytes: z.int().min(0).default(0),
});

/** Where a setting must be by what it says; null when it says no owner of its tenant. */
export function settingKeyOf({ tenantCode, code, attributes }: Item): ItemKey | null {
  const owner = settingAttributes.pick({ level: true, source: true }).safeParse(attributes);
  if (!owner.success || !isSettingName(code)) return null;
  const { level, source } = owner.data;
  if (level === 'tenant' && source !== tenantCode) return null;
  return settingKey({ level, source, tenantCode }, code);
}

/** Where a tally must be; whose it is, its key alone says. */
export function tallyKeyOf({ tenantCode, code, sk }: Item): ItemKey | null {
  const isPlace = TALLY_PLACES.get(code)?.test(sk) ?? false;
  return isPlace ? { pk: tenantPk(tenantCode), sk } : null;
}

export function settingFromItem(item: Item, owner: SettingOwner): Setting {
  const { value, byOperator, operatorValue } = stored.parse(item.attributes);
  const { code, version } = item;
  return {
    name: code,
    owner,
    version,
    value,
    byOperator,
    ...(operatorValue === undefined ? {} : { operatorValue }),
  };
}

export function writeSettingCommand(
  owner: SettingOwner,
  { name, version, state }: { name: string; version: number; state: SettingState },
): Command {
  const attributes: JsonObject = { level: owner.level, source: owner.source, ...state };
  const { tenantCode } = owner;
  return {
    kind: 'full',
    ...settingKey(owner, name),
    version,
    tenantCode,
    type: SETTING_TYPE,
    code: name,
    name,
    attributes,
  };
}

export function deleteSettingCommand({ pk, sk, version }: Item): Command {
  return { kind: 'partial', pk, sk, version, isDeleted: true };
}

/** Counts what its owner has, in the transaction of the change itself; refused beyond the limits. */
export function tallyCommands(owner: SettingOwner, delta: SettingTally): Command[] {
  if (delta.count === 0 && delta.bytes === 0) return [];
  const { tenantCode, level } = owner;
  return [
    {
      kind: 'increment',
      pk: pkOf(owner),
      sk: tallySk(owner),
      increments: [
        increment('count', delta.count, SETTING_COUNT_LIMITS[level]),
        increment('bytes', delta.bytes, SETTING_TOTAL_BYTES_LIMIT),
      ],
      initial: {
        tenantCode,
        type: SETTING_TALLY_TYPE,
        code: level,
        name: `settings of ${level}`,
        attributes: {},
      },
    },
  ];
}

/** Shrinking is possible above a limit that was lowered. */
function increment(attribute: string, by: number, limit: number) {
  return { path: [attribute], by: String(by), ...(by > 0 ? { max: String(limit) } : {}) };
}

function pkOf({ level, tenantCode }: SettingOwner): string {
  return level === 'common' ? COMMON_MASTER_PK : tenantPk(tenantCode);
}

/** Names and group codes hold no separator; user ids may, so they are hashed. */
function settingPrefix({ level, source }: SettingOwner): string {
  switch (level) {
    case 'common':
    case 'tenant':
      return 'SETTING#';
    case 'group':
      return `GROUPSETTING#${source}#`;
    case 'user':
      return `USERSETTING#${hashOf(source)}#`;
  }
}

function tallySk({ level, source }: SettingOwner): string {
  const place = {
    common: 'common',
    tenant: 'tenant',
    group: `group#${source}`,
    user: `user#${hashOf(source)}`,
  };
  return generatePk(SETTING_TALLY_TYPE, place[level]);
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
