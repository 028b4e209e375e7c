import {
  type Command,
  CommandService,
  type InvokeContext,
  type Item,
  type ItemKey,
  type JsonValue,
  STORE,
  type Store,
  SYSTEM_SCOPE,
  tenantOfPk,
  tenantPk,
  tenantScope,
  VERSION_FIRST,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { type Plan } from '../plans/plan.js';
import { PlanService } from '../plans/plan.service.js';
import { subscriptionView } from '../subscriptions/subscription.item.js';
import { SubscriptionService } from '../subscriptions/subscription.service.js';
import { tenantKey } from '../tenants/tenant.item.js';
import { type Tenant } from '../tenants/tenant.js';
import { type TenantView } from '../tenants/tenant.schema.js';
import { TenantChainService } from '../tenants/tenant-chain.service.js';
import { memberFromItem, USER_PREFIX } from './member.item.js';
import { type Member } from './member.js';
import { countCommand, countPooledCommand, rosterKey, rosterRefusal } from './roster.item.js';
import { countRoster, type RosterCounts, rosterDelta } from './roster.js';
import { seatLimitOf } from './user-limit.js';

type Check = ItemKey & { readonly version: number };

export interface MembershipChange<T extends JsonValue> {
  readonly tenant: TenantView;
  /** Null: new to the tenant, or removed before. */
  readonly before: Member | null;
  readonly after: Member;
  /** What makes the member so. */
  readonly command: Command;
  /** What belongs to it, such as the invitation that is used up. Checked by the caller: it may be another tenant's. */
  readonly also?: readonly Command[];
  /** From the member as committed; null where nothing changed. */
  readonly respond: (member: Item | null) => T;
}

/** A tenant whose seats are counted; a new one has no version yet. */
type Level = Tenant & { readonly version?: number };

/** What counts seats, to go into one unit of work with what takes them. */
export interface Seats {
  readonly commands: readonly Command[];
  readonly checks: readonly Check[];
}

const PAGE_LIMIT = 200;
const PAGES_LIMIT = 5_000;

/**
 * The one place where membership changes: the member and the roster that counts them, in one unit of work.
 * Throws `quota_exceeded` at the plan's limit of users, `invalid_transition` where no admin would be left.
 */
@Injectable()
export class MembershipService {
  constructor(
    private readonly commandService: CommandService,
    private readonly planService: PlanService,
    private readonly subscriptionService: SubscriptionService,
    private readonly chain: TenantChainService,
    @Inject(STORE) private readonly store: Store,
  ) {}

  async commit<T extends JsonValue>(context: InvokeContext, change: MembershipChange<T>): Promise<T> {
    const { tenant, before, after, command, also = [], respond } = change;
    const delta = rosterDelta(before, after);
    const seats = await this.seatsOf(tenant, delta);
    const commands = [command, ...also, ...seats.commands];
    const checks = [{ ...tenantKey(tenant.code), version: tenant.version }, ...seats.checks];
    const unit = {
      commands,
      checks,
      respond: ([member = null]: readonly (Item | null)[]) => respond(member),
    };
    const scope = scopeFor(tenant.code, [...commands, ...checks]);
    try {
      return await this.commandService.commit(unit, { invokeContext: context, scope });
    } catch (error) {
      throw rosterRefusal(error, { isPooled: tenant.billing === 'parent' });
    }
  }

  /**
   * What counts a change of membership, in the tenant and in those whose plan it lives on; for a seat more also what
   * must not have changed until it is counted.
   */
  async seatsOf(tenant: Level, delta: RosterCounts): Promise<Seats> {
    const levels = await this.levelsOf(tenant);
    const isMore = delta.active > 0;
    const capacity = isMore ? await this.capacityOf(levels) : { plan: null, checks: [] };
    const commands: (Command | null)[] = [];
    for (const level of levels) {
      const limit = isMore ? seatLimitOf(level, capacity.plan) : null;
      const bounds = { limit, start: await this.startOf(level.code) };
      commands.push(
        level === tenant
          ? countCommand(level.code, delta, bounds)
          : countPooledCommand(level.code, delta.active, bounds),
      );
    }
    return { commands: commands.filter((command) => command !== null), checks: capacity.checks };
  }

  /** What gives back the seats of a tenant that is being closed to those whose plan it lived on. */
  async releaseOf(tenant: TenantView): Promise<Seats> {
    const roster = await this.store.get(tenantScope(tenant.code), rosterKey(tenant.code));
    const seats = Number(roster?.attributes.seats ?? 0);
    const [, ...above] = await this.levelsOf(tenant);
    const bounds = { limit: null, start: null };
    const commands = above.map(({ code }) => countPooledCommand(code, -seats, bounds));
    const checks = [{ ...rosterKey(tenant.code), version: roster?.version ?? VERSION_FIRST }];
    return { commands: commands.filter((command) => command !== null), checks };
  }

  /** The plan that all levels live on, and what it rests on beside the tenant itself. */
  private async capacityOf([tenant, ...above]: readonly [Level, ...Level[]]): Promise<{
    plan: Plan | null;
    checks: readonly Check[];
  }> {
    const standing = above.flatMap(({ code, version }) =>
      version === undefined ? [] : [{ ...tenantKey(code), version }],
    );
    const payer = above.at(-1) ?? tenant;
    const item = await this.subscriptionService.findItem(payer.code);
    if (!item) return { plan: null, checks: standing };
    const { planCode, planVersion } = subscriptionView(item);
    const plan = await this.planService.getVersion(planCode, planVersion);
    const { pk, sk, version } = item;
    return { plan, checks: [...standing, { pk, sk, version }] };
  }

  /** The tenant, and those above it whose seats its members take. A closed one has given its seats back. */
  private async levelsOf(tenant: Level): Promise<[Level, ...Level[]]> {
    return [tenant, ...(tenant.status === 'closed' ? [] : await this.chain.above(tenant))];
  }

  /**
   * The counts to begin a roster with, null where there is one. A change that comes between makes one, too, and
   * then these are not used.
   */
  private async startOf(tenantCode: string): Promise<RosterCounts | null> {
    const roster = await this.store.get(tenantScope(tenantCode), rosterKey(tenantCode));
    return roster ? null : countRoster(await this.membersOf(tenantCode));
  }

  private async membersOf(tenantCode: string): Promise<Member[]> {
    const members: Member[] = [];
    const query = { pk: tenantPk(tenantCode), sk: { beginsWith: USER_PREFIX }, limit: PAGE_LIMIT };
    let cursor: string | null = null;
    for (let pages = 0; pages < PAGES_LIMIT; pages += 1) {
      const page: { items: readonly Item[]; nextCursor: string | null } = await this.store.query(
        tenantScope(tenantCode),
        { ...query, ...(cursor === null ? {} : { cursor }) },
      );
      members.push(...page.items.map(memberFromItem));
      cursor = page.nextCursor;
      if (cursor === null) return members;
    }
    throw new Error(`tenant ${tenantCode} has more than ${PAGE_LIMIT * PAGES_LIMIT} members to count`);
  }
}

/** As narrow as it may be: the tenant's own, unless a person's home or the payer of a plan is concerned. */
function scopeFor(tenantCode: string, keys: readonly ItemKey[]) {
  const isOwn = keys.every(({ pk }) => tenantOfPk(pk) === tenantCode);
  return isOwn ? tenantScope(tenantCode) : SYSTEM_SCOPE;
}
