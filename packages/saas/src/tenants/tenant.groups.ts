import { type RoleGroups } from './tenant.js';

export const ROLES_LIMIT = 50;
export const GROUPS_PER_ROLE_LIMIT = 40;

/** A role's groups with one more; unchanged when it is there. In `auto` mode by code, otherwise at the end. */
export function withGroup(
  all: readonly RoleGroups[],
  { role, group }: { role: string; group: string },
): readonly RoleGroups[] {
  const known = all.find((entry) => entry.role === role);
  if (!known) return [...all, { role, groups: [group], settingGroups: [group], mode: 'auto' }];
  if (known.groups.includes(group)) return all;
  const groups = [...known.groups, group];
  const settingGroups = known.mode === 'auto' ? groups.toSorted() : [...known.settingGroups, group];
  return all.map((entry) => (entry === known ? { ...known, groups, settingGroups } : entry));
}

/** A role's groups exactly as said, nearest first. */
export function withSettingGroups(
  all: readonly RoleGroups[],
  { role, settingGroups }: { role: string; settingGroups: readonly string[] },
): readonly RoleGroups[] {
  const entry: RoleGroups = { role, groups: settingGroups, settingGroups, mode: 'customized' };
  const isKnown = all.some((each) => each.role === role);
  return isKnown ? all.map((each) => (each.role === role ? entry : each)) : [...all, entry];
}

/** Without a group that is no longer there. */
export function withoutGroup(all: readonly RoleGroups[], group: string): readonly RoleGroups[] {
  const without = (codes: readonly string[]) => codes.filter((code) => code !== group);
  return all.map((entry) => ({
    ...entry,
    groups: without(entry.groups),
    settingGroups: without(entry.settingGroups),
  }));
}
