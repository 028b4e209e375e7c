import { type Item, LandlordError, type Role, type UserContext } from '@landlord/kernel';
import { Injectable } from '@nestjs/common';
import { memberKey } from '../users/member.item.js';
import { rolesWithin } from '../users/member.js';
import { tenantKey, tenantView } from './tenant.item.js';
import { type TenantView } from './tenant.schema.js';
import { TenantChainService } from './tenant-chain.service.js';

/**
 * Whether a verified caller may act for its tenant now: the tenant is active, and so is the one whose subscription
 * it lives on; and a member who is known has not been removed. Read at every request, so that suspending holds at
 * once, on every process; reads that arrive together are one.
 */
@Injectable()
export class TenantGateService {
  constructor(private readonly chain: TenantChainService) {}

  /**
   * The caller with the roles that hold: a token never gives more than the membership. Operators pass, and so does
   * everybody of a tenant that is not there, for whom nothing is. Throws `forbidden`.
   */
  async admit(user: UserContext): Promise<UserContext> {
    const { tenantCode, userId, roles } = user;
    if (tenantCode === null || roles.includes('system_admin')) return user;
    const [tenantItem, member] = await Promise.all([
      this.chain.read(tenantKey(tenantCode)),
      this.chain.read(memberKey(tenantCode, userId)),
    ]);
    if (!tenantItem) return user;
    await this.requireActive(tenantView(tenantItem));
    return member ? { ...user, roles: rolesOf(member, roles) } : user;
  }

  /** Whether it is active, and so is the one whose subscription it lives on. */
  async isActive(tenant: TenantView): Promise<boolean> {
    return (await this.inactivityOf(tenant)) === null;
  }

  private async requireActive(tenant: TenantView): Promise<void> {
    const reason = await this.inactivityOf(tenant);
    if (reason !== null) throw new LandlordError('forbidden', reason);
  }

  /** Why nobody may act for the tenant now; null where they may. */
  private async inactivityOf(tenant: TenantView): Promise<string | null> {
    if (tenant.status !== 'active') return `the tenant is ${tenant.status}`;
    const above = await this.chain.findAbove(tenant);
    if (!above) return `the tenant that ${tenant.code} lives on is not here`;
    const inactive = above.find(({ status }) => status !== 'active');
    return inactive ? `the tenant that ${tenant.code} lives on is ${inactive.status}` : null;
  }
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
