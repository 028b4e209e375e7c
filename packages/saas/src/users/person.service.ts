import {
  type InvokeContext,
  type Item,
  invalidInput,
  LandlordError,
  notFound,
  type Page,
  type PageRequest,
  requireTenant,
  type SessionOrigin,
  STORE,
  type Store,
  SYSTEM_SCOPE,
  tenantPk,
  tenantScope,
} from '@landlord/kernel';
import { Inject, Injectable, Optional } from '@nestjs/common';
import { tenantKey, tenantView } from '../tenants/tenant.item.js';
import { type TenantView } from '../tenants/tenant.schema.js';
import { TenantGateService } from '../tenants/tenant-gate.service.js';
import { memberFromItem, memberKey } from './member.item.js';
import { isSamePerson, isStillPerson, type Member, type Person, rolesWithin } from './member.js';
import { linkFromItem, linkKey, linkPrefix, type MembershipLink } from './membership.item.js';
import { SESSION_TOKENS, type SessionTokens } from './session-tokens.service.js';
import { type SessionView, type TenancyView } from './user.schema.js';

const KEYS_LIMIT = 100;
/** Goes on behind the home, which is the first of the list. */
const AFTER_HOME = 'joined';

/** A membership that is not removed, in a tenant that is there. */
interface Tenancy {
  readonly tenant: TenantView;
  readonly member: Member;
}

/** The tenants that one person belongs to. Who somebody is elsewhere is never concluded from an equal id. */
@Injectable()
export class PersonService {
  constructor(
    @Inject(STORE) private readonly store: Store,
    private readonly tenantGate: TenantGateService,
    @Optional() @Inject(SESSION_TOKENS) private readonly sessionTokens?: SessionTokens,
  ) {}

  /**
   * Who the caller is at home. A membership that says whose it is is believed only as far as that home says the
   * same: what an item says of another tenant proves nothing. Null for a guest whom no home knows.
   */
  async personOf(context: InvokeContext): Promise<Person | null> {
    const tenantCode = requireTenant(context);
    const { userId } = context.user;
    const item = await this.store.get(tenantScope(tenantCode), memberKey(tenantCode, userId));
    const member = item && memberFromItem(item);
    if (!member?.person) return { tenantCode, userId, invitationId: member?.invitationId ?? null };
    return (await this.isConfirmed(member.person, { tenantCode, userId })) ? member.person : null;
  }

  /** Home first, then the others by code. */
  async list(context: InvokeContext, { limit, cursor }: PageRequest): Promise<Page<TenancyView>> {
    const person = await this.personOf(context);
    if (!person) return { items: [], nextCursor: null };
    const isFirst = cursor === undefined;
    const home = isFirst ? await this.tenanciesAt(person, [homeOf(person)]) : [];
    const rest = {
      limit: isFirst ? limit - 1 : limit,
      ...(isFirst || cursor === AFTER_HOME ? {} : { cursor }),
    };
    const joined = await this.linksOf(person, rest);
    const others = await this.tenanciesAt(person, joined.items);
    const items = [...home, ...others].map((tenancy) => tenancyView(tenancy, { person, context }));
    return { items, nextCursor: joined.nextCursor };
  }

  /**
   * A token for the caller's membership of another tenant; `not_found` unless both are active. Where they signed in,
   * and at home, it gives no more than the token they signed in with; `forbidden` where that is nothing.
   */
  async switchTo(context: InvokeContext, tenantCode: string): Promise<SessionView> {
    const { user } = context;
    if (tenantCode === user.tenantCode)
      throw invalidInput('tenantCode', 'is the tenant you act for already; there is nothing to change to');
    const person = await this.personOf(context);
    const tenancy = person && (await this.find(person, tenantCode));
    const isOpen = tenancy?.member.status === 'active' && (await this.tenantGate.isActive(tenancy.tenant));
    if (!isOpen) throw notFound('tenant');
    if (!this.sessionTokens)
      throw new LandlordError(
        'unavailable',
        'this application issues no session tokens; provide SESSION_TOKENS',
      );
    const { id: userId, roles: held } = tenancy.member;
    const origin = originOf(context);
    const isBack = tenantCode === origin.tenantCode || tenantCode === person?.tenantCode;
    const roles = isBack ? rolesWithin(held, origin.roles) : [...held];
    if (roles.length === 0)
      throw new LandlordError('forbidden', 'the token you signed in with gives no role of yours there');
    const notAfter = user.tokenExpiresAt ?? null;
    const session = await this.sessionTokens.issue({ tenantCode, userId, roles, notAfter, origin });
    return { ...session, tokenType: 'Bearer', tenantCode, userId, roles };
  }

  /** The person's membership of a tenant; null when there is none. */
  async find(person: Person, tenantCode: string): Promise<Tenancy | null> {
    const isHome = tenantCode === person.tenantCode;
    const item = isHome ? null : await this.store.get(SYSTEM_SCOPE, linkKey(person, tenantCode));
    if (!isHome && (!item || item.isDeleted)) return null;
    const link = item ? linkFromItem(item) : homeOf(person);
    const [tenancy = null] = await this.tenanciesAt(person, [link]);
    return tenancy;
  }

  /** Whether the home has the link to that membership of theirs. */
  private async isConfirmed(person: Person, { tenantCode, userId }: MembershipLink): Promise<boolean> {
    if (person.tenantCode === tenantCode) return false;
    const item = await this.store.get(SYSTEM_SCOPE, linkKey(person, tenantCode));
    return item !== null && !item.isDeleted && linkFromItem(item).userId === userId;
  }

  private async linksOf(person: Person, page: PageRequest): Promise<Page<MembershipLink>> {
    if (page.limit === 0) return { items: [], nextCursor: AFTER_HOME };
    const { items, nextCursor } = await this.store.query(SYSTEM_SCOPE, {
      ...page,
      pk: tenantPk(person.tenantCode),
      sk: { beginsWith: linkPrefix(person) },
    });
    return { items: items.map(linkFromItem), nextCursor };
  }

  /** A link is believed only as far as the membership it leads to says the same. */
  private async tenanciesAt(person: Person, links: readonly MembershipLink[]): Promise<Tenancy[]> {
    const keys = links.flatMap(({ tenantCode, userId }) => [
      tenantKey(tenantCode),
      memberKey(tenantCode, userId),
    ]);
    const items = await this.itemsOf([memberKey(person.tenantCode, person.userId), ...keys]);
    const [home = null, ...others] = items;
    if (!isStillPerson(person, home && memberFromItem(home))) return [];
    return links.flatMap((_link, index) => {
      const tenancy = tenancyOf(others[2 * index], others[2 * index + 1]);
      return tenancy && isTheirs(person, tenancy) ? [tenancy] : [];
    });
  }

  private async itemsOf(keys: readonly ReturnType<typeof tenantKey>[]): Promise<(Item | null)[]> {
    const items: (Item | null)[] = [];
    for (let from = 0; from < keys.length; from += KEYS_LIMIT)
      items.push(...(await this.store.getMany(SYSTEM_SCOPE, keys.slice(from, from + KEYS_LIMIT))));
    return items;
  }
}

/** What the caller signed in with: kept through all sessions that come of it. */
function originOf(context: InvokeContext): SessionOrigin {
  const { origin, roles } = context.user;
  return origin ?? { tenantCode: requireTenant(context), roles };
}

function homeOf({ tenantCode, userId }: Person): MembershipLink {
  return { tenantCode, userId };
}

function tenancyOf(tenant: Item | null = null, member: Item | null = null): Tenancy | null {
  if (!tenant || tenant.isDeleted || !member || member.isDeleted) return null;
  return { tenant: tenantView(tenant), member: memberFromItem(member) };
}

function isTheirs(person: Person, { tenant, member }: Tenancy): boolean {
  const isHome = tenant.code === person.tenantCode;
  return isHome ? member.id === person.userId && member.person === null : isSamePerson(person, member.person);
}

function tenancyView(
  { tenant, member }: Tenancy,
  { person, context }: { person: Person; context: InvokeContext },
): TenancyView {
  return {
    tenantCode: tenant.code,
    tenantName: tenant.name,
    userId: member.id,
    roles: [...member.roles],
    status: member.status === 'active' ? 'active' : 'suspended',
    tenantStatus: tenant.status,
    isHome: tenant.code === person.tenantCode,
    isCurrent: tenant.code === context.user.tenantCode,
  };
}
