import {
  type Item,
  type ItemCheck,
  type ItemKey,
  LandlordError,
  type Role,
  type UserContext,
  VERSION_FIRST,
} from '@landlord/kernel';
import { Injectable } from '@nestjs/common';
import { memberKey } from '../users/member.item.js';
import { rolesWithin } from '../users/member.js';
import { tenantKey, tenantView } from './tenant.item.js';
import { type TenantView } from './tenant.schema.js';
import { TenantChainService } from './tenant-chain.service.js';

/** Somebody who was admitted, and the items that this rests on: it holds as long as they are unchanged. */
export interface Admitted {
  readonly user: UserContext;
  readonly checks: readonly ItemCheck[];
}

const KEPT_LIMIT = 10_000;

/**
 * Whether a verified caller may act for its tenant now: the tenant is active, and so is the one whose subscription
 * it lives on; and a member who is known has not been removed. Read at every request, so that suspending holds at
 * once, on every process; reads that arrive together are one.
 */
@Injectable()
export class TenantGateService {
  private readonly kept = new Map<string, { roles: readonly Role[]; checks: readonly ItemCheck[] }>();

  constructor(private readonly chain: TenantChainService) {}

  /**
   * The caller with the roles that hold: a token never gives more than the membership. Operators pass, and so does
   * everybody of a tenant that is not there, for whom nothing is. Throws `forbidden`.
   */
  async admit(user: UserContext): Promise<UserContext> {
    const { tenantCode, userId, roles } = user;
    if (tenantCode === null || roles.includes('system_admin')) return user;
    const keys = { tenant: tenantKey(tenantCode), member: memberKey(tenantCode, userId) };
    const [tenantItem, member] = await Promise.all([
      this.chain.read(keys.tenant),
      this.chain.read(keys.member),
    ]);
    if (!tenantItem) return user;
    const above = await this.requireActive(tenantView(tenantItem));
    const held = member ? rolesOf(member, roles) : roles;
    const checks = [checkOf(keys.tenant, tenantItem), checkOf(keys.member, member), ...above];
    this.keep(user, { roles: held, checks });
    return member ? { ...user, roles: held } : user;
  }

  /** Whom `admit` let in before, for those who have `checks` checked by the store. Nobody is refused from memory. */
  known(user: UserContext): Admitted | null {
    const kept = this.kept.get(nameOf(user));
    return kept ? { user: { ...user, roles: kept.roles }, checks: kept.checks } : null;
  }

  private keep(user: UserContext, admitted: { roles: readonly Role[]; checks: readonly ItemCheck[] }): void {
    const name = nameOf(user);
    this.kept.delete(name);
    const [oldest] = this.kept.size >= KEPT_LIMIT ? this.kept.keys() : [];
    if (oldest !== undefined) this.kept.delete(oldest);
    this.kept.set(name, admitted);
  }

  /** Whether it is active, and so is the one whose subscription it lives on. */
  async isActive(tenant: TenantView): Promise<boolean> {
    return (await this.inactivityOf(tenant)) === null;
  }

  /** The tenants above that this rests on. */
  private async requireActive(tenant: TenantView): Promise<ItemCheck[]> {
    const above = tenant.status === 'active' ? await this.chain.findAbove(tenant) : [];
    const reason = inactivity(tenant, above);
    if (reason !== null) throw new LandlordError('forbidden', reason);
    return (above ?? []).map(({ code, version }) => ({ ...tenantKey(code), version }));
  }

  private async inactivityOf(tenant: TenantView): Promise<string | null> {
    return inactivity(tenant, tenant.status === 'active' ? await this.chain.findAbove(tenant) : []);
  }
}

/** Why nobody may act for the tenant now; null where they may. */
function inactivity({ code, status }: TenantView, above: readonly TenantView[] | null): string | null {
  if (status !== 'active') return `the tenant is ${status}`;
  if (!above) return `the tenant that ${code} lives on is not here`;
  const inactive = above.find((each) => each.status !== 'active');
  return inactive ? `the tenant that ${code} lives on is ${inactive.status}` : null;
}

function checkOf({ pk, sk }: ItemKey, item: Item | null): ItemCheck {
  return { pk, sk, version: item?.version ?? VERSION_FIRST };
}

function nameOf({ tenantCode, userId, roles }: UserContext): string {
  return JSON.stringify([tenantCode, userId, roles]);
}

/** What both the token and the membership give. */
function rolesOf({ attributes, isDeleted }: Item, asked: readonly Role[]): readonly Role[] {
  if (isDeleted || attributes.status !== 'active')
    throw new LandlordError('forbidden', 'you are not an active member of the tenant any more');
  const held = (Array.isArray(attributes.roles) ? attributes.roles : []) as readonly string[];
  const within = rolesWithin(held, asked);
  if (within.length > 0) return within;
  throw new LandlordError('forbidden', `your membership has the roles ${held.join(', ') || 'none'}`);
}
