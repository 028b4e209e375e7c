import { type JsonValue, jsonFlaw } from '@landlord/kernel';
import { z } from 'zod';
import { code, instantValue, pageQuery, text } from '../http/index.js';
import { valueBytes } from './setting.change.js';
import { SETTING_LEVELS, SETTING_VALUE_BYTES_LIMIT } from './setting.js';

/** Where a value stands in its item: the item may be nested no deeper than JSON values are elsewhere. */
const VALUE_DEPTH = 2;

export const settingName = code().meta({ example: 'theme' });
const level = z.enum(SETTING_LEVELS);
const value = z.custom<JsonValue>().meta({ override: { description: 'Any JSON.' }, example: 'dark' });

const settingValue = z
  .unknown()
  .transform((given, context): JsonValue => {
    const message = valueFlaw(given);
    if (message === null) return given as JsonValue;
    context.addIssue({ code: 'custom', message, input: given });
    return z.NEVER;
  })
  .meta({ override: { description: 'Any JSON up to 64 kB; `null` is a value.' }, example: 'dark' });

function valueFlaw(given: unknown): string | null {
  if (given === undefined) return 'is required; null is a value, too';
  const flaw = jsonFlaw(given, '', VALUE_DEPTH);
  if (flaw) return flaw.path === '' ? flaw.message : `at ${flaw.path} ${flaw.message}`;
  return valueBytes(given as JsonValue) > SETTING_VALUE_BYTES_LIMIT
    ? 'must have at most 65536 bytes as JSON'
    : null;
}

const userId = text({ max: 255 }).exactOptional();
const targetShape = {
  level: level.meta({ description: 'Who it is for; the nearest wins: user, group, tenant, common.' }),
  group: code().exactOptional().meta({ description: 'With the level `group`: its code.' }),
  userId: userId.meta({ description: 'With the level `user`: who; default the caller.' }),
};
const target = z.object(targetShape);
export type SettingTarget = z.output<typeof target>;

function refineTarget({ level, group, userId }: SettingTarget, context: z.RefinementCtx): void {
  const issue = (path: string, message: string) =>
    context.addIssue({ code: 'custom', path: [path], message });
  if (level === 'group' && group === undefined) issue('group', 'is required with the level group');
  if (level !== 'group' && group !== undefined) issue('group', 'is only for the level group');
  if (level !== 'user' && userId !== undefined) issue('userId', 'is only for the level user');
}

export const putSettingBody = z
  .strictObject({ value: settingValue, ...targetShape })
  .superRefine(refineTarget);
export type PutSettingInput = z.output<typeof putSettingBody>;
export const deleteSettingQuery = z.strictObject(targetShape).superRefine(refineTarget);

export const explain = z
  .enum(['', 'true', 'false'])
  .default('false')
  .transform((given) => given !== 'false')
  .meta({
    description: 'Also say where each value comes from and what it hides.',
    override: { type: 'string', enum: ['', 'true', 'false'], default: 'false' },
  });

const readFields = {
  explain,
  userId: userId.meta({ description: 'Those of another user of the tenant; for its admins.' }),
};
export const settingsQuery = pageQuery.extend(readFields);
export const settingQuery = z.strictObject(readFields);

const origin = z.object({
  level,
  source: z
    .string()
    .meta({ description: 'User id, group code, tenant code, or `common`.', example: 'acme-corp' }),
  version: z.int().meta({ description: 'For `If-Match` at its level.', example: 1 }),
});

export const effectiveSettingView = z
  .object({
    name: z.string().meta({ example: 'theme' }),
    value,
    level: level.exactOptional(),
    source: origin.shape.source.exactOptional(),
    version: origin.shape.version.exactOptional(),
    shadowed: z
      .array(origin.extend({ value }))
      .exactOptional()
      .meta({ description: 'What would hold if the nearer ones were deleted, nearest first.' }),
  })
  .meta({
    id: 'EffectiveSetting',
    description: 'With `explain`, also where its value comes from.',
  });
export type EffectiveSettingView = z.output<typeof effectiveSettingView>;

export const settingView = origin
  .extend({
    name: z.string().meta({ example: 'theme' }),
    value,
    byOperator: z.boolean().meta({ description: 'Whether an operator wrote it.' }),
    isDeleted: z.boolean(),
    updatedAt: instantValue,
    updatedBy: z.string(),
  })
  .meta({ id: 'Setting', description: 'A setting at one level.' });
export type SettingView = z.output<typeof settingView>;
