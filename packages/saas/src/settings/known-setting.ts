import { type JsonValue } from '@landlord/kernel/pure';
import { THRESHOLDS_SETTING, thresholdsFlaw } from '../alerts/thresholds.js';
import { type SettingLevel } from './setting.js';

/** Why a setting that means something here cannot be said so at the level; null for all others. */
export function knownSettingFlaw(
  name: string,
  { level, value }: { level: SettingLevel; value: JsonValue },
): { readonly path: string; readonly message: string } | null {
  if (name !== THRESHOLDS_SETTING) return null;
  if (level !== 'tenant' && level !== 'common')
    return { path: 'level', message: `of ${name} must be tenant: limits are those of the tenant` };
  const message = thresholdsFlaw(value);
  return message === null ? null : { path: 'value', message: `of ${name} ${message}` };
}
