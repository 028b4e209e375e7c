import {
  type Command,
  CommandService,
  type InvokeContext,
  type Item,
  type ItemKey,
  type JsonValue,
  type Quantity,
  STORE,
  type Store,
  SYSTEM_SCOPE,
  tenantOfPk,
  tenantPk,
  tenantScope,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { PlanService } from '../plans/plan.service.js';
import { subscriptionKey } from '../subscriptions/subscription.item.js';
import { SubscriptionService } from '../subscriptions/subscription.service.js';
import { tenantKey, tenantView } from '../tenants/tenant.item.js';
import { type TenantView } from '../tenants/tenant.schema.js';
import { memberFromItem, USER_PREFIX } from './member.item.js';
import { type Member } from './member.js';
import { countCommand, rosterKey, rosterRefusal } from './roster.item.js';
import { countRoster, type RosterCounts, rosterDelta } from './roster.js';
import { systemContext } from './system-context.js';
import { userLimitOf } from './user-limit.js';

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
    @Inject(STORE) private readonly store: Store,
  ) {}

  async commit<T extends JsonValue>(context: InvokeContext, change: MembershipChange<T>): Promise<T> {
    const { tenant, before, after, command, also = [], respond } = change;
    const delta = rosterDelta(before, after);
    const capacity = delta.active > 0 ? await this.capacityOf(context, tenant) : { limit: null, checks: [] };
    const start = await this.startOf(tenant.code);
    const count = countCommand(tenant.code, delta, { limit: capacity.limit, start });
    const commands = [command, ...also, ...(count ? [count] : [])];
    const { checks } = capacity;
    const unit = {
      commands,
      checks,
      respond: ([member = null]: readonly (Item | null)[]) => respond(member),
    };
    const scope = scopeFor(tenant.code, [...commands, ...checks]);
    try {
      return await this.commandService.commit(unit, { invokeContext: context, scope });
    } catch (error) {
      throw rosterRefusal(error);
    }
  }

  /** The limit of users, and what must not have changed until it is applied. */
  private async capacityOf(
    context: InvokeContext,
    tenant: TenantView,
  ): Promise<{ limit: Quantity | null; checks: readonly Check[] }> {
    const payer = await this.payerOf(tenant);
    const standing = { ...tenantKey(tenant.code), version: tenant.version };
    const subscription = await this.subscriptionService.findCurrent(systemContext(payer, context));
    if (!subscription) return { limit: userLimitOf(tenant, null), checks: [standing] };
    const plan = await this.planService.getVersion(subscription.planCode, subscription.planVersion);
    const signed = { ...subscriptionKey(payer, subscription.code), version: subscription.version };
    return { limit: userLimitOf(tenant, plan), checks: [standing, signed] };
  }

  /** The nearest of the tenant and its ancestors with a subscription of its own. */
  private async payerOf({ code, billing, ancestors }: TenantView): Promise<string> {
    if (billing === 'own') return code;
    const upwards = ancestors.toReversed();
    const items = await this.store.getMany(SYSTEM_SCOPE, upwards.map(tenantKey));
    const payer = items.find((item) => item && tenantView(item).billing === 'own');
    return payer?.code ?? ancestors[0] ?? code;
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
