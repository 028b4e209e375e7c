import {
  addDays,
  CoreModule,
  currencyOf,
  type Instant,
  type InvokeContext,
  LandlordError,
  localDateOf,
  Quantity,
  type TimeZone,
} from '@landlord/kernel';
import { PostgresStore } from '@landlord/postgres';
import { createTestDatabase, ownerQuery, type TestDatabase } from '@landlord/postgres/testing';
import {
  PlanEditingService,
  type PlanLimits,
  PlanService,
  SaasModule,
  SubscriptionChanges,
  SubscriptionMigration,
  SubscriptionRenewals,
  SubscriptionService,
  TenantService,
  UsageReaderService,
  UsageService,
} from '@landlord/saas';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { REASON } from './asks.fixture.js';
import { type Committed } from './laws.fixture.js';
import { type Answer, type Seen, type Step } from './step.fixture.js';
import { type PlanOffer, type Standing, type World } from './world.fixture.js';

const CONNECTIONS = 6;

type OperatorStep = Extract<Step, { do: 'offer' | 'addVersion' | 'migrate' }>;
type MeterStep = Extract<Step, { do: 'use' | 'consume' }>;
type SubscriptionView = Awaited<ReturnType<SubscriptionService['getCurrent']>>;
type PlanInput = ReturnType<typeof planInput>;

export interface Beginning {
  readonly plans: Readonly<Record<string, PlanOffer>>;
  /** The code of the plan it begins with. */
  readonly first: string;
  readonly zone: TimeZone;
  readonly trialDays: number;
}

const operator: InvokeContext = {
  user: { userId: 'operator', tenantCode: null, roles: ['system_admin'] },
  ...{ requestId: 'req-1', source: 'test', ip: null, idempotency: null },
};

/** Several servers' worth of services, each with a store of its own, on one database, with one clock. */
export class Processes {
  now: Instant = '2024-01-01T00:00:00.000Z';
  private readonly apps: INestApplicationContext[] = [];
  private readonly stores: PostgresStore[] = [];
  private readonly inputs = new Map<string, PlanInput>();
  private readonly zones = new Map<string, TimeZone>();
  private count = 0;

  private constructor(private readonly database: TestDatabase) {}

  static async open(serverUrl: string, count: number): Promise<Processes> {
    const processes = new Processes(await createTestDatabase(serverUrl));
    for (let index = 0; index < count; index += 1) await processes.openOne();
    return processes;
  }

  private async openOne(): Promise<void> {
    const store = new PostgresStore({ connectionString: this.database.url, poolSize: CONNECTIONS });
    this.stores.push(store);
    const core = CoreModule.forRoot({ store, clock: { now: () => this.now }, runFeed: false });
    @Module({ imports: [core, SaasModule] })
    class Application {}
    this.apps.push(await NestFactory.createApplicationContext(Application, { logger: false }));
  }

  async close(): Promise<void> {
    for (const app of this.apps) await app.close();
    for (const store of this.stores) await store.close();
    await this.database.drop();
  }

  /** A service of one of the processes. */
  private get<T>(type: abstract new (...given: never[]) => T, index = 0): T {
    const app = this.apps[index % this.apps.length];
    if (!app) throw new Error('there is a process');
    return app.get<T>(type);
  }

  async begin(tenant: string, { plans, first, zone, trialDays }: Beginning): Promise<void> {
    this.zones.set(tenant, zone);
    for (const [code, offer] of Object.entries(plans)) {
      const input = planInput(code, { ...offer, trialDays });
      this.inputs.set(code, input);
      await this.get(PlanEditingService).create(operator, input);
    }
    const body = { companySlug: tenant, companyName: tenant, planCode: first, timezone: zone };
    await this.get(TenantService).provision(operator, body);
  }

  /** So that nothing of it falls due any more. */
  async end(tenant: string): Promise<void> {
    await this.run(0, tenant, { do: 'ask', ask: { kind: 'cancel', when: 'now' }, ifMatch: null });
  }

  async seen(tenant: string, plans: World['plans']): Promise<Seen> {
    const context = adminOf(tenant);
    const offers = Object.entries(plans).map(async ([code, offer]) => {
      const { version, isActive } = await this.get(PlanService).get(code);
      return [code, { ...offer, versions: version, isRetired: !isActive }] as const;
    });
    const [view, { projectCount }, ...known] = await Promise.all([
      this.get(SubscriptionService).getCurrent(context),
      this.get(UsageReaderService).getCurrent(context),
      ...offers,
    ]);
    return { standing: standingOf(view), projects: Number(projectCount), plans: Object.fromEntries(known) };
  }

  /** All commands on the tenant's items, in the order of their transactions. */
  async history(tenant: string): Promise<Committed[]> {
    const rows = await ownerQuery(
      this.database.url,
      `select sk, version::int, type, xmin::text as transaction, item from landlord.command
       where tenant_code = $1 order by sequence`,
      [tenant],
    );
    return rows as unknown as Committed[];
  }

  async run(index: number, tenant: string, step: Step): Promise<Answer> {
    try {
      return { standing: await this.attempt(index, tenant, step) };
    } catch (error) {
      if (error instanceof LandlordError) return { refused: error.code };
      throw error;
    }
  }

  private async attempt(index: number, tenant: string, step: Step): Promise<Standing | null> {
    if (step.do === 'ask') return standingOf(await this.ask(index, tenant, step));
    if (step.do === 'schedule') await this.schedule(index);
    else if (step.do === 'use' || step.do === 'consume') await this.meter(index, tenant, step);
    else await this.operate(index, tenant, step);
    return null;
  }

  private async operate(index: number, tenant: string, step: OperatorStep): Promise<void> {
    const editing = this.get(PlanEditingService, index);
    if (step.do === 'offer')
      await editing.setActive(operator, { code: step.plan, isActive: !step.isRetired, ifMatch: null });
    if (step.do === 'addVersion') {
      const { code: _code, ...input } = this.inputOf(step.plan);
      const displayName = this.unique('version');
      await editing.addVersion(operator, {
        code: step.plan,
        input: { ...input, displayName },
        ifMatch: null,
      });
    }
    if (step.do === 'migrate') {
      const request = { tenantCodes: [tenant], when: step.when, dryRun: false };
      await this.get(SubscriptionMigration, index).migrate(operator, step.plan, request);
    }
  }

  private async meter(index: number, tenant: string, step: MeterStep): Promise<void> {
    const usage = this.get(UsageService, index);
    const event = { id: this.unique('event'), metric: 'projectCount' };
    const quantity = Quantity.of(step.projects);
    if (step.do === 'use') await usage.record(adminOf(tenant), [{ ...event, set: quantity }]);
    else await usage.consume(adminOf(tenant), { ...event, quantity });
  }

  private async schedule(index: number): Promise<void> {
    const failures: unknown[] = [];
    const onFailure = (message: string, cause: unknown) => failures.push(new Error(message, { cause }));
    await this.get(SubscriptionRenewals, index).runDue(this.now, { onFailure });
    if (failures.length > 0) throw failures[0];
  }

  private ask(index: number, tenant: string, { ask, ifMatch }: Extract<Step, { do: 'ask' }>) {
    const changes = this.get(SubscriptionChanges, index);
    const context = adminOf(tenant);
    switch (ask.kind) {
      case 'activate': {
        const { kind: _kind, plan, ...input } = ask;
        return changes.activate(context, { ...input, ...(plan ? { planCode: plan } : {}), ifMatch });
      }
      case 'changePlan': {
        const { kind: _kind, plan, ...input } = ask;
        return changes.changePlan(context, { ...input, planCode: plan, ifMatch });
      }
      case 'changeQuantity':
        return changes.changeQuantity(context, { quantity: ask.quantity, when: ask.when, ifMatch });
      case 'revoke':
        return changes.revoke(context, { scheduled: ask.scheduled, ifMatch });
      case 'cancel':
        return changes.request(context, { command: { ...ask, reason: REASON }, ifMatch });
      case 'markPastDue':
        return changes.request(context, { command: { ...ask, reason: REASON }, ifMatch });
      case 'pause': {
        const { mode, days } = ask;
        const resumesOn = days === null ? null : addDays(this.today(tenant), days);
        return changes.pause(context, { mode, resumesOn, reason: null, ifMatch });
      }
      default:
        return changes.request(context, { command: ask, ifMatch });
    }
  }

  private today(tenant: string): string {
    const zone = this.zones.get(tenant);
    if (!zone) throw new Error(`${tenant} has not begun`);
    return localDateOf(this.now, zone);
  }

  private inputOf(code: string): PlanInput {
    const input = this.inputs.get(code);
    if (!input) throw new Error(`there is no plan ${code}`);
    return input;
  }

  private unique(prefix: string): string {
    this.count += 1;
    return `${prefix} ${this.count}`;
  }
}

function adminOf(tenantCode: string): InvokeContext {
  return { ...operator, user: { userId: 'admin', tenantCode, roles: ['admin'] } };
}

function planInput(
  code: string,
  { projects, monthlyPrice, yearlyPrice, trialDays }: PlanOffer & { trialDays: number },
) {
  const limits: PlanLimits = { maxUsers: null, maxApiCalls: null, maxStorageGb: null, maxProjects: projects };
  const terms = { code, displayName: code, monthlyPrice, yearlyPrice, trialDays, limits };
  return { ...terms, currency: currencyOf('USD'), features: [], enforcement: {}, overage: {} };
}

/** Without who wrote it and the words of reasons; nothing may have been set aside. */
function standingOf(view: SubscriptionView): Standing {
  const {
    createdAt: _createdAt,
    updatedAt: _updatedAt,
    timezone: _timezone,
    currency: _currency,
    ...rest
  } = view;
  const { setAside, droppedChange, version, code, ...terms } = rest;
  if (setAside) throw new Error(`set aside: ${setAside.reason}`);
  const { change, droppedAt } = droppedChange ?? {};
  return {
    code,
    version,
    ...terms,
    droppedChange: change && droppedAt ? { change, droppedAt } : null,
  } as Standing;
}
