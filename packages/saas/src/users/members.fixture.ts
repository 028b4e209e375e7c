import {
  type Command,
  CommandService,
  type CommitResult,
  DataService,
  DEFAULT_FEED_OPTIONS,
  evolve,
  FeedRunner,
  generateId,
  type IdempotencyRecord,
  type InvokeContext,
  type Item,
  type ItemKey,
  type ItemQuery,
  type Role,
  type Scope,
  type Store,
  tenantOfPk,
  type UnitOfWork,
} from '@landlord/kernel';
import { timeZoneOf } from '@landlord/kernel/pure';
import { type Visitor } from '../http/index.js';
import { MasterService } from '../master/master.service.js';
import { createPlanCommands } from '../plans/plan.item.js';
import { PlanService } from '../plans/plan.service.js';
import { SEED_PLANS } from '../plans/seed-plans.js';
import { createSubscriptionCommand } from '../subscriptions/subscription.item.js';
import { beginSubscription } from '../subscriptions/subscription.js';
import { SubscriptionService } from '../subscriptions/subscription.service.js';
import { createTenantCommand } from '../tenants/tenant.item.js';
import { ROOT_PLACE, type Tenant } from '../tenants/tenant.js';
import { TenantChainService } from '../tenants/tenant-chain.service.js';
import { TenantGateService } from '../tenants/tenant-gate.service.js';
import { AcceptanceService } from './acceptance.service.js';
import { InvitationService } from './invitation.service.js';
import { createAdminCommand } from './member.item.js';
import { MembershipService } from './membership.service.js';
import { PersonService } from './person.service.js';
import { createRosterCommand, rosterKey } from './roster.item.js';
import { type SessionGrant } from './session-tokens.service.js';
import { UserService } from './user.service.js';

const timezone = timeZoneOf('UTC');
const [starter] = SEED_PLANS;

/** Items in memory, changed as every store changes them; what is outside the scope throws. */
export class FakeStore {
  readonly items = new Map<string, Item>();
  readonly kept = new Map<string, IdempotencyRecord>();
  readonly commands: Command[] = [];
  now = '2024-03-01T09:00:00.000Z';

  put(...commands: readonly Command[]): void {
    const origin = { userId: 'op', requestId: 'req-0', source: 'test', ip: null, at: this.now };
    const outcome = this.apply(commands, origin);
    if (outcome.status === 'refused') throw new Error(JSON.stringify(outcome));
  }

  async get(scope: Scope, key: ItemKey): Promise<Item | null> {
    if (scope.kind === 'tenant' && ![scope.tenantCode, 'common'].includes(tenantOfPk(key.pk) ?? ''))
      return null;
    return this.items.get(generateId(key.pk, key.sk)) ?? null;
  }

  async getMany(scope: Scope, keys: readonly ItemKey[]) {
    if (keys.length > 100) throw new Error('too many keys');
    return Promise.all(keys.map((key) => this.get(scope, key)));
  }

  async query(_scope: Scope, { pk, sk, order, limit, cursor = '', includeDeleted = false }: ItemQuery) {
    if (limit < 1 || limit > 200) throw new Error(`limit ${limit}`);
    const prefix = sk && 'beginsWith' in sk ? sk.beginsWith : '';
    const found = [...this.items.values()]
      .filter((item) => item.pk === pk && item.sk.startsWith(prefix) && item.sk > cursor)
      .filter(({ isDeleted }) => includeDeleted || !isDeleted)
      .sort((left, right) => (left.sk < right.sk ? -1 : 1));
    const items = (order === 'desc' ? found.reverse() : found).slice(0, limit);
    return { items, nextCursor: found.length > limit ? (items.at(-1)?.sk ?? null) : null };
  }

  async findIdempotent(_scope: Scope, owner: string, key: string) {
    return this.kept.get(`${owner} ${key}`) ?? null;
  }

  async commit({ scope, origin, commands, checks = [], idempotency }: UnitOfWork): Promise<CommitResult> {
    const kept = idempotency && this.kept.get(`${idempotency.owner} ${idempotency.key}`);
    if (kept) return { status: 'replayed', result: kept.result };
    for (const { pk } of [...commands, ...checks]) {
      if (scope.kind === 'tenant' && tenantOfPk(pk) !== scope.tenantCode)
        throw new Error('outside the scope');
    }
    for (const { pk, sk, version } of checks) {
      const currentVersion = this.items.get(generateId(pk, sk))?.version ?? 0;
      if (currentVersion === version) continue;
      const key = { pk, sk };
      return {
        status: 'refused',
        refusal: { reason: 'version_conflict', key, givenVersion: version, currentVersion },
      };
    }
    const result = this.apply(commands, origin);
    if (result.status !== 'committed' || !idempotency) return result;
    const { owner, key, fingerprint, respond } = idempotency;
    this.kept.set(`${owner} ${key}`, { fingerprint, result: respond(result.items), createdAt: origin.at });
    return { ...result, result: respond(result.items) };
  }

  private apply(commands: readonly Command[], origin: UnitOfWork['origin']): CommitResult {
    const next = new Map(this.items);
    const written: (Item | null)[] = [];
    for (const command of commands) {
      const id = generateId(command.pk, command.sk);
      const evolution = evolve(next.get(id) ?? null, command, origin);
      if (evolution.status === 'refused') return evolution;
      written.push(evolution.status === 'changed' ? evolution.item : null);
      if (evolution.status === 'changed') next.set(id, evolution.item);
    }
    for (const [id, item] of next) this.items.set(id, item);
    this.commands.push(...commands);
    return { status: 'committed', items: written };
  }
}

export interface Members {
  readonly fake: FakeStore;
  readonly users: UserService;
  readonly invitations: InvitationService;
  readonly acceptances: AcceptanceService;
  readonly persons: PersonService;
  readonly grants: SessionGrant[];
  /** A tenant with a founder, as provisioned; with `roster: false` as it was before there were rosters. */
  tenant(code: string, overrides?: Partial<Tenant>, options?: { roster?: boolean; planCode?: string }): void;
  roster(code: string): Item | undefined;
}

/** The services of this folder over one store in memory. */
export function openMembers({ hasSessions = true } = {}): Members {
  const fake = new FakeStore();
  const store = fake as unknown as Store;
  const clock = { now: () => fake.now };
  const commands = new CommandService(store, clock, new FeedRunner(store, DEFAULT_FEED_OPTIONS));
  const data = new DataService(store);
  const plans = new PlanService(commands, data, new MasterService(data));
  const chain = new TenantChainService(store);
  const memberships = new MembershipService(commands, plans, new SubscriptionService(data), chain, store);
  const users = new UserService(data, memberships);
  const gate = new TenantGateService(chain);
  const grants: SessionGrant[] = [];
  const sessions = {
    issue: async (grant: SessionGrant) => {
      grants.push(grant);
      return { token: `session ${grants.length}`, expiresAt: '2024-03-01T10:00:00.000Z' };
    },
  };
  const persons = new PersonService(store, gate, ...(hasSessions ? [sessions] : []));
  if (!starter) throw new Error('there are seed plans');
  fake.put(...SEED_PLANS.flatMap((plan) => createPlanCommands(plan)));
  return {
    fake,
    users,
    persons,
    grants,
    invitations: new InvitationService(commands, data, users, clock),
    acceptances: new AcceptanceService(memberships, persons, gate, store, clock),
    tenant: (code, overrides = {}, { roster = true, planCode = 'starter' } = {}) => {
      const base = { name: code, status: 'active' as const, industry: null, country: null, timezone };
      const tenant = { code, ...base, ...ROOT_PLACE, ...overrides };
      fake.put(createTenantCommand(tenant), createAdminCommand(code, { id: 'usr-001', email: null }));
      const plan = { ...starter, code: planCode };
      const begun = {
        code: 'SUB-001',
        plan,
        billingCycle: 'monthly' as const,
        currency: plan.currency,
        timezone,
        now: fake.now,
      };
      if (tenant.billing === 'own') fake.put(createSubscriptionCommand(code, beginSubscription(begun)));
      if (roster) fake.put(createRosterCommand(code, { active: 1, admins: 1 }));
    },
    roster: (code) => fake.items.get(generateId(rosterKey(code).pk, rosterKey(code).sk)),
  };
}

export function contextOf(
  tenantCode: string,
  userId = 'usr-001',
  overrides: Partial<InvokeContext> = {},
): InvokeContext {
  const roles: Role[] = ['admin'];
  const user = { userId, tenantCode, roles };
  return { user, requestId: 'req-1', source: 'test', ip: null, idempotency: null, ...overrides };
}

export function visitorOf(overrides: Partial<Visitor> = {}): Visitor {
  return {
    requestId: 'req-2',
    source: 'POST /invitations/accept',
    ip: null,
    idempotencyKey: null,
    noteReplay: () => undefined,
    ...overrides,
  };
}

export function tokenOf({ token }: { token: string | null }): string {
  if (token === null) throw new Error('there is no token');
  return token;
}
