import { isJsonObject, type JsonValue } from '@landlord/kernel/pure';

/** A setting of this name switches the feature behind the prefix: `feature.sso`. */
export const FEATURE_PREFIX = 'feature.';

export type FeatureValue = string | number | boolean;

export interface FeatureSwitch {
  readonly enabled: boolean;
  readonly value?: FeatureValue;
}

export function isSwitchName(name: string): boolean {
  return name.startsWith(FEATURE_PREFIX);
}

/** `true`, `false` or `{ enabled, value? }`; null for anything else. */
export function switchOf(value: JsonValue): FeatureSwitch | null {
  if (typeof value === 'boolean') return { enabled: value };
  if (!isJsonObject(value) || typeof value.enabled !== 'boolean') return null;
  if (Object.keys(value).some((name) => name !== 'enabled' && name !== 'value')) return null;
  const inner = Object.hasOwn(value, 'value') ? value.value : undefined;
  if (inner === undefined) return { enabled: value.enabled };
  return isFeatureValue(inner) ? { enabled: value.enabled, value: inner } : null;
}

function isFeatureValue(value: JsonValue): value is FeatureValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
