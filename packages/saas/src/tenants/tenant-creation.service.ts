import {
  CLOCK,
  type Clock,
  type Command,
  CommandService,
  type InvokeContext,
  type Item,
  invalidInput,
  LandlordError,
  SYSTEM_SCOPE,
  type TimeZone,
  UTC,
  untilUncontended,
  VERSION_FIRST,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { MeterCatalogueService } from '../meters/meter.catalogue.service.js';
import { type Plan } from '../plans/plan.js';
import { requirePriced } from '../plans/plan.price.js';
import { PlanService } from '../plans/plan.service.js';
import { begun } from '../subscriptions/subscription.anew.js';
import { createEventCommands } from '../subscriptions/subscription.event.item.js';
import {
  createSubscriptionCommand,
  FIRST_SUBSCRIPTION_CODE,
  SUBSCRIPTION_TYPE,
  subscriptionView,
} from '../subscriptions/subscription.item.js';
import { createUsageCommand, usageView } from '../usage/usage.item.js';
import { USAGE_TYPE } from '../usage/usage.level.js';
import { createAdminCommand, createMemberCommand } from '../users/member.item.js';
import { FIRST_ADMIN_ID, foundingMember } from '../users/member.js';
import { MembershipService, type Seats } from '../users/membership.service.js';
import { createRosterCommand, rosterRefusal } from '../users/roster.item.js';
import { placeBelow } from './tenant.hierarchy.js';
import { CHILDREN_LIMIT, createTenantCommand, linkCommands, TENANT_TYPE, tenantView } from './tenant.item.js';
import { ROOT_PLACE, type Tenant, type TenantPlace } from './tenant.js';
import {
  type CreateChildInput,
  type CreateTenantInput,
  type ProvisionInput,
  type ProvisionView,
  type TenantView,
} from './tenant.schema.js';
import { TenantDirectoryService } from './tenant-directory.service.js';

interface NewTenant {
  readonly tenant: Tenant;
  readonly adminEmail: string | null;
  /** Beside tenant, usage and first admin. */
  readonly subscription?: readonly Command[];
}

/** Brings tenants into being: each with all it needs, in one transaction, or not at all. */
@Injectable()
export class TenantCreationService {
  constructor(
    private readonly commandService: CommandService,
    private readonly planService: PlanService,
    private readonly directory: TenantDirectoryService,
    private readonly memberships: MembershipService,
    private readonly meters: MeterCatalogueService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** A tenant with a subscription of its own, below `parentCode` if it is given. `already_exists` when the code is taken. */
  async provision(context: InvokeContext, input: ProvisionInput): Promise<ProvisionView> {
    const plan = await this.planService.chosen(input.planCode, 'planCode');
    const { companySlug: code, companyName: name, timezone, adminEmail = null, parentCode } = input;
    const { billingCycle = 'monthly', quantity = 1, currency = plan.currency } = input;
    requirePriced(plan, { currency, quantity }, 'currency');
    const { subscription, events } = begun({
      code: FIRST_SUBSCRIPTION_CODE,
      plan,
      billingCycle,
      quantity,
      currency,
      timezone,
      now: this.clock.now(),
    });
    const commands = [
      createSubscriptionCommand(code, subscription),
      ...createEventCommands(code, { subscription, version: 1 }, events),
    ];
    const place = placeFor(await this.findParent(context, parentCode), {
      billing: 'own',
      timezone,
      caps: {},
    });
    const tenant = newTenant({ ...input, code, name, timezone }, place);
    return this.create(context, {
      created: { tenant, adminEmail, subscription: commands },
      respond: (items) => provisionView(items, plan),
    });
  }

  /**
   * Without `parentCode` a tenant that has no subscription yet, with its first admin. With it one that lives on its
   * parent's, and has a first admin, who takes a seat there, if `adminEmail` names one.
   */
  createTenant(context: InvokeContext, input: CreateTenantInput): Promise<TenantView> {
    return untilUncontended(null, async () =>
      this.createBelow(context, await this.findParent(context, input.parentCode), input),
    );
  }

  /**
   * A tenant below the given one, on whose subscription it lives. For operators and admins of the tenant and of those
   * above it; an admin names it after the own tenant.
   */
  createChild(context: InvokeContext, parentCode: string, input: CreateChildInput): Promise<TenantView> {
    return untilUncontended(null, async () => {
      const { tenant: parent } = await this.directory.find(context, parentCode);
      requireOwnName(context, input.code);
      return this.createBelow(context, parent, input);
    });
  }

  private async createBelow(
    context: InvokeContext,
    parent: TenantView | null,
    input: CreateTenantInput,
  ): Promise<TenantView> {
    const { adminEmail = null, caps = {}, timezone = parent?.timezone ?? UTC } = input;
    if (!parent && Object.keys(caps).length > 0)
      throw invalidInput('caps', 'only a tenant below another can be capped');
    await this.meters.requireMeters('caps', Object.keys(caps));
    const place = placeFor(parent, { billing: parent ? 'parent' : 'own', timezone, caps });
    return this.create(context, {
      created: { tenant: newTenant({ ...input, timezone }, place), adminEmail },
      respond: ([tenant = null]) => tenantView(existing(tenant)),
    });
  }

  private async findParent(
    context: InvokeContext,
    parentCode: string | undefined,
  ): Promise<TenantView | null> {
    if (parentCode === undefined) return null;
    return (await this.directory.find(context, parentCode).catch(noParent)).tenant;
  }

  private async create<T extends TenantView | ProvisionView>(
    context: InvokeContext,
    work: { created: NewTenant; respond: (items: readonly (Item | null)[]) => T },
  ): Promise<T> {
    const { tenant, subscription } = work.created;
    const { parentCode } = tenant;
    const founding = await this.foundingOf(work.created);
    const commands = [
      createTenantCommand(tenant),
      ...founding.commands,
      ...(subscription ?? []),
      ...(parentCode === null ? [] : linkCommands(parentCode, tenant)),
    ];
    const { checks } = founding;
    try {
      return (await this.commandService.commit(
        { commands, checks, respond: (items) => ({ ...work.respond(items) }) },
        // A new tenant is nobody's yet, and its parent's items change, too.
        { invokeContext: context, scope: SYSTEM_SCOPE },
      )) as T;
    } catch (error) {
      throw refusalOf(error, tenant);
    }
  }

  /** Usage first, then the first admin and what counts them. A seat in a pool is counted by the feed, as every other. */
  private async foundingOf({ tenant, adminEmail }: NewTenant): Promise<Seats> {
    const { code: tenantCode, timezone, billing } = tenant;
    const usage = (activeUsers: number) =>
      createUsageCommand({ tenantCode, timezone, now: this.clock.now(), activeUsers });
    const admin = { id: FIRST_ADMIN_ID, email: adminEmail };
    if (billing === 'own') {
      const roster = createRosterCommand(tenantCode, { active: 1, admins: 1 });
      return { commands: [usage(1), createAdminCommand(tenantCode, admin), roster], checks: [] };
    }
    if (adminEmail === null) return { commands: [usage(0)], checks: [] };
    const member = foundingMember(admin, { isFounding: false });
    const seats = await this.memberships.seatsOf(tenant, { active: 1, admins: 1 });
    return {
      commands: [usage(0), createMemberCommand(tenantCode, member), ...seats.commands],
      checks: seats.checks,
    };
  }
}

function placeFor(
  parent: TenantView | null,
  child: Pick<Tenant, 'billing' | 'timezone' | 'caps'>,
): TenantPlace {
  if (!parent) return ROOT_PLACE;
  const placement = placeBelow(parent, child);
  if (!placement.ok) throw invalidInput(placement.path, placement.message);
  return placement.place;
}

function newTenant(
  input: Pick<CreateTenantInput, 'code' | 'name' | 'industry' | 'country' | 'attributes'> & {
    timezone: TimeZone;
  },
  place: TenantPlace,
): Tenant {
  const { code, name, industry = null, country = null, timezone, attributes = {} } = input;
  return { ...ROOT_PLACE, ...place, code, name, status: 'active', industry, country, timezone, attributes };
}

function provisionView(items: readonly (Item | null)[], plan: Plan): ProvisionView {
  const of = (type: string) => existing(items.find((item) => item?.type === type) ?? null);
  return {
    tenant: tenantView(of(TENANT_TYPE)),
    subscription: subscriptionView(of(SUBSCRIPTION_TYPE)),
    usage: usageView(of(USAGE_TYPE), plan),
  };
}

function existing(item: Item | null): Item {
  if (!item) throw new Error('a new tenant begins with every item');
  return item;
}

/** Codes are the whole system's: among any names an admin could find out which tenants there are, or take theirs. */
function requireOwnName({ user: { tenantCode, roles } }: InvokeContext, code: string): void {
  if (roles.includes('system_admin') || code.startsWith(`${tenantCode}--`)) return;
  throw invalidInput('code', `must begin with "${tenantCode}--"`);
}

function noParent(error: unknown): never {
  const isAbsent = error instanceof LandlordError && error.code === 'not_found';
  throw isAbsent ? invalidInput('parentCode', 'there is no such tenant') : error;
}

/** What the store refused, in the caller's words: the code was taken, or the parent stopped being active. */
function refusalOf(error: unknown, { code, parentCode }: Tenant): unknown {
  if (!(error instanceof LandlordError)) return error;
  if (error.code === 'version_conflict' && error.facts.givenVersion === VERSION_FIRST)
    return new LandlordError('already_exists', `a tenant "${code}" already exists; choose another code`);
  if (error.code === 'out_of_bounds' && error.facts.attribute === 'inactive')
    return invalidInput('parentCode', `"${parentCode}" is not active`);
  if (error.code === 'out_of_bounds' && error.facts.attribute === 'count')
    return new LandlordError(
      'out_of_bounds',
      `a tenant has at most ${CHILDREN_LIMIT} tenants directly below it`,
    );
  return rosterRefusal(error, { isPooled: true });
}
