import { type Role } from '@landlord/kernel';
import { COMMON_TENANT_CODE, compareText } from '@landlord/kernel/pure';
import { type RoleGroups } from '../tenants/tenant.js';
import { SETTING_GROUPS_LIMIT, type Setting, type SettingOwner } from './setting.js';

/** The order in which a caller's roles bring their groups. */
const ROLE_ORDER: readonly Role[] = ['admin', 'billing', 'member'];

/** The groups whose settings hold for somebody with these roles, nearest first. */
export function settingGroupsOf(roles: readonly Role[], table: readonly RoleGroups[]): string[] {
  const groups = ROLE_ORDER.filter((role) => roles.includes(role))
    .flatMap((role) => table.filter((row) => row.role === role))
    .flatMap(({ settingGroups }) => settingGroups);
  return [...new Set(groups)].slice(0, SETTING_GROUPS_LIMIT);
}

export const COMMON_OWNER: SettingOwner = {
  level: 'common',
  tenantCode: COMMON_TENANT_CODE,
  source: COMMON_TENANT_CODE,
};

export interface OwnersInput {
  readonly tenantCode: string;
  /** From the root down to the parent. */
  readonly ancestors: readonly string[];
  readonly userId: string;
  /** Nearest first. */
  readonly groups: readonly string[];
}

/** Whose settings hold for a user, nearest first: user, groups, tenant, parent up to the root, common. */
export function ownersOf({ tenantCode, ancestors, userId, groups }: OwnersInput): SettingOwner[] {
  const tenants = [...ancestors, tenantCode].reverse();
  return [
    { level: 'user', tenantCode, source: userId },
    ...groups.map((source): SettingOwner => ({ level: 'group', tenantCode, source })),
    ...tenants.map((code): SettingOwner => ({ level: 'tenant', tenantCode: code, source: code })),
    COMMON_OWNER,
  ];
}

/** All that is said about one name, nearest first. */
export interface NamedSettings {
  readonly name: string;
  readonly nearest: Setting;
  readonly shadowed: readonly Setting[];
}

/** Null when nobody says anything. `settings` stand nearest first. */
export function resolveSetting(settings: readonly Setting[]): NamedSettings | null {
  const [nearest, ...shadowed] = settings;
  return nearest ? { name: nearest.name, nearest, shadowed } : null;
}

/** The next settings of one owner, by name. */
export interface OwnerPage {
  readonly settings: readonly Setting[];
  readonly hasMore: boolean;
}

export interface NamedPage {
  readonly items: readonly NamedSettings[];
  readonly hasMore: boolean;
}

/**
 * The first `limit` names of all owners. `pages` stand nearest first and hold up to `limit` settings each, so
 * that of every name shown each owner's word is at hand.
 */
export function mergePages(pages: readonly OwnerPage[], limit: number): NamedPage {
  const byName = new Map<string, Setting[]>();
  for (const setting of pages.flatMap(({ settings }) => settings)) {
    const said = byName.get(setting.name);
    if (said) said.push(setting);
    else byName.set(setting.name, [setting]);
  }
  const sorted = [...byName].sort(([left], [right]) => compareText(left, right));
  return {
    items: sorted.slice(0, limit).flatMap(([, settings]) => resolveSetting(settings) ?? []),
    hasMore: sorted.length > limit || pages.some(({ hasMore }) => hasMore),
  };
}
