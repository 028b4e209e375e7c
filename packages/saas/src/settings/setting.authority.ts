import { type UserContext } from '@landlord/kernel';
import { invalidInput, type JsonValue, LandlordError } from '@landlord/kernel/pure';
import { isSwitchName, switchOf } from './feature-switch.js';
import { type SettingOwner } from './setting.js';

export function isOperator({ roles }: UserContext): boolean {
  return roles.includes('system_admin');
}

/**
 * Who may write: common an operator who acts for no tenant; tenant and group an admin; user everybody their own,
 * an admin anybody's. A switch of a feature is an admin's at every level. Null when the caller may.
 */
export function writeRefusal(caller: UserContext, owner: SettingOwner, name: string): LandlordError | null {
  if (owner.level === 'common') return commonRefusal(caller);
  if (isOperator(caller) && owner.level === 'group' && isSwitchName(name))
    return forbidden(
      `${name}: an operator gives features to tenants and users; who is in a group is said by the tenant`,
    );
  if (isOperator(caller) || caller.roles.includes('admin')) return null;
  if (isSwitchName(name)) return forbidden(`${name} switches a feature, which an admin of the tenant may do`);
  if (owner.level !== 'user')
    return forbidden(`settings of the level ${owner.level} are written by an admin of the tenant`);
  return owner.source === caller.userId
    ? null
    : forbidden(
        "another user's settings are written by an admin of the tenant; leave out userId for your own",
      );
}

/** Effective settings of somebody else are an admin's to read. */
export function readRefusal(caller: UserContext, userId: string): LandlordError | null {
  if (userId === caller.userId || isOperator(caller) || caller.roles.includes('admin')) return null;
  return forbidden(
    "another user's settings are read by an admin of the tenant; leave out userId for your own",
  );
}

/** A switch has one of two shapes, and what a feature is worth is said by operators only. */
export function switchRefusal(caller: UserContext, name: string, value: JsonValue): LandlordError | null {
  if (!isSwitchName(name)) return null;
  const said = switchOf(value);
  if (!said)
    return invalidInput('value', `of ${name} switches a feature: true, false or { enabled, value? }`);
  if (said.value === undefined || isOperator(caller)) return null;
  return forbidden(`${name}: only an operator gives a feature a value; send true or false`);
}

function commonRefusal(caller: UserContext): LandlordError | null {
  if (!isOperator(caller)) return forbidden('settings of the level common are written by operators');
  if (caller.tenantCode === null) return null;
  return forbidden(
    'settings of the level common hold for every tenant; leave out X-Tenant-Code to write them',
  );
}

function forbidden(message: string): LandlordError {
  return new LandlordError('forbidden', message);
}
