import {
  COMMON_TENANT_CODE,
  DataService,
  type InvokeContext,
  type Item,
  type ItemKey,
  keyFlaw,
  notFound,
  ROLES,
  type Role,
  type Scope,
  STORE,
  type Store,
  scopeOf,
  tenantScope,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { groupKey, tenantKey, tenantView } from '../tenants/tenant.item.js';
import { type TenantView } from '../tenants/tenant.schema.js';
import { memberKey } from '../users/member.item.js';
import { readRefusal } from './setting.authority.js';
import { settingFromItem, settingKey, settingRange } from './setting.item.js';
import { isSettingName, type Setting, type SettingOwner } from './setting.js';
import {
  COMMON_OWNER,
  mergePages,
  type NamedPage,
  type NamedSettings,
  type OwnerPage,
  ownersOf,
  resolveSetting,
  settingGroupsOf,
} from './setting.resolution.js';

/** Whose settings hold, nearest first, and who asks. */
export interface SettingPlace {
  readonly owners: readonly SettingOwner[];
  /** Null for an operator who acts for none: only common settings hold. */
  readonly tenant: TenantView | null;
  readonly scope: Scope;
}

export interface NamedPageRequest {
  /** Only names that begin so. */
  readonly prefix: string;
  /** The name to go on behind. */
  readonly after: string | null;
  readonly limit: number;
}

const memberRoles = z
  .object({ roles: z.array(z.string()).catch([]) })
  .transform(({ roles }): Role[] => ROLES.filter((role) => roles.includes(role)));

/** Finds all that is said about names, by exact keys and ranges of one owner each: never by a scan. */
@Injectable()
export class SettingReader {
  constructor(
    @Inject(STORE) private readonly store: Store,
    private readonly dataService: DataService,
  ) {}

  /** Throws `forbidden` for another user's place unless the caller is an admin, `not_found` when there is no such user. */
  async placeOf(context: InvokeContext, userId: string = context.user.userId): Promise<SettingPlace> {
    const refused = readRefusal(context.user, userId);
    if (refused) throw refused;
    const scope = scopeOf(context);
    const tenant = await this.tenantOf(context);
    if (!tenant) return { owners: [COMMON_OWNER], tenant, scope };
    const roles = userId === context.user.userId ? context.user.roles : await this.rolesOf(context, userId);
    const groups = await this.standing(scope, tenant, settingGroupsOf(roles, tenant.settingGroups));
    const { code: tenantCode, ancestors } = tenant;
    return { owners: ownersOf({ tenantCode, ancestors, userId, groups }), tenant, scope };
  }

  /** Null when nobody says anything about the name. */
  async find({ owners, scope }: SettingPlace, name: string): Promise<NamedSettings | null> {
    if (!isSettingName(name)) return null;
    const own = owners.filter((owner) => scopeFor(owner, scope) === scope);
    const inherited = owners.filter((owner) => !own.includes(owner));
    const found = await Promise.all([
      this.settingsOf(scope, own, name),
      ...inherited.map((owner) => this.settingsOf(scopeFor(owner, scope), [owner], name)),
    ]);
    const settings = new Map(found.flat().map((setting) => [setting.owner, setting]));
    return resolveSetting(owners.flatMap((owner) => settings.get(owner) ?? []));
  }

  async page({ owners, scope }: SettingPlace, request: NamedPageRequest): Promise<NamedPage> {
    const pages = owners.map((owner) => this.ownerPage(owner, scopeFor(owner, scope), request));
    return mergePages(await Promise.all(pages), request.limit);
  }

  /** The tenant acted for; `not_found` when an operator names one there is not. */
  async tenantOf(context: InvokeContext): Promise<TenantView | null> {
    const { tenantCode } = context.user;
    if (tenantCode === null) return null;
    const item = await this.dataService.getItem(tenantKey(tenantCode), { invokeContext: context });
    if (!item) throw notFound('tenant');
    return tenantView(item);
  }

  /** `not_found` when the tenant has no such member. */
  async member(context: InvokeContext, userId: string): Promise<Item> {
    const key = memberKey(context.user.tenantCode ?? '', userId);
    const item = keyFlaw(key) ? null : await this.dataService.getItem(key, { invokeContext: context });
    if (!item) throw notFound('user');
    return item;
  }

  private async rolesOf(context: InvokeContext, userId: string): Promise<readonly Role[]> {
    return memberRoles.parse((await this.member(context, userId)).attributes);
  }

  /** Those of the groups that have not been deleted. */
  private async standing(scope: Scope, tenant: TenantView, groups: readonly string[]): Promise<string[]> {
    const items = await this.present(
      scope,
      groups.map((code) => groupKey(tenant.code, code)),
    );
    return groups.filter((_code, index) => items[index]);
  }

  private async settingsOf(scope: Scope, owners: readonly SettingOwner[], name: string): Promise<Setting[]> {
    const items = await this.present(
      scope,
      owners.map((owner) => settingKey(owner, name)),
    );
    return owners.flatMap((owner, index) => {
      const item = items[index];
      return item ? settingFromItem(item, owner) : [];
    });
  }

  private async ownerPage(owner: SettingOwner, scope: Scope, request: NamedPageRequest): Promise<OwnerPage> {
    const { limit } = request;
    const { items, nextCursor } = await this.store.query(scope, { ...settingRange(owner, request), limit });
    return { settings: items.map((item) => settingFromItem(item, owner)), hasMore: nextCursor !== null };
  }

  private async present(scope: Scope, keys: readonly ItemKey[]): Promise<(Item | null)[]> {
    if (keys.length === 0) return [];
    const items = await this.store.getMany(scope, keys);
    return items.map((item) => (item?.isDeleted ? null : item));
  }
}

/** An ancestor's settings are read as the ancestor: nothing but its own rows can come back. */
function scopeFor({ tenantCode }: SettingOwner, own: Scope): Scope {
  if (own.kind === 'system' || tenantCode === COMMON_TENANT_CODE || tenantCode === own.tenantCode) return own;
  return tenantScope(tenantCode);
}
