import { type JsonValue } from '@landlord/kernel/pure';

/** From the farthest to the nearest. */
export const SETTING_LEVELS = ['common', 'tenant', 'group', 'user'] as const;
export type SettingLevel = (typeof SETTING_LEVELS)[number];

/** Whom a setting is for. `source` names it within its level: a user id, group code or tenant code; else `common`. */
export interface SettingOwner {
  readonly level: SettingLevel;
  readonly tenantCode: string;
  readonly source: string;
}

/** What is said at one level. */
export interface SettingState {
  /** Any JSON; `null` is a value. */
  readonly value: JsonValue;
  /** Whether an operator wrote `value`. */
  readonly byOperator: boolean;
  /** The last word of an operator; kept for switches of features only, where a tenant may only restrict it. */
  readonly operatorValue?: JsonValue;
}

export interface Setting extends SettingState {
  readonly name: string;
  readonly owner: SettingOwner;
  readonly version: number;
}

/** Settings of one owner: how many, and the bytes of their values in sum. */
export const SETTING_COUNT_LIMITS: Readonly<Record<SettingLevel, number>> = {
  common: 1_000,
  tenant: 1_000,
  group: 1_000,
  user: 200,
};
export const SETTING_TOTAL_BYTES_LIMIT = 1024 * 1024;
export const SETTING_VALUE_BYTES_LIMIT = 64 * 1024;

/** The nearest groups that count for one caller. */
export const SETTING_GROUPS_LIMIT = 40;

const SETTING_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/;

export function isSettingName(text: string): boolean {
  return SETTING_NAME.test(text);
}
