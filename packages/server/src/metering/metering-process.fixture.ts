import { type Clock, CoreModule, currencyOf, type InvokeContext, timeZoneOf } from '@landlord/kernel';
import { PostgresStore } from '@landlord/postgres';
import {
  MeterService,
  PlanEditingService,
  ReservationExpiry,
  ReservationService,
  SaasModule,
  TenantService,
  UsageReaderService,
  UsageService,
} from '@landlord/saas';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

export const operator: InvokeContext = {
  user: { userId: 'operator', tenantCode: null, roles: ['system_admin'] },
  requestId: 'req-1',
  source: 'test',
  ip: null,
  idempotency: null,
};

export function adminOf(tenantCode: string): InvokeContext {
  return { ...operator, user: { userId: 'usr-001', tenantCode, roles: ['admin'] } };
}

/** The services as another process would have them: a store, a memory and a group commit of its own. */
export interface MeteringProcess {
  readonly usage: UsageService;
  readonly reader: UsageReaderService;
  readonly reservations: ReservationService;
  readonly expiry: ReservationExpiry;
  readonly meters: MeterService;
  readonly plans: PlanEditingService;
  readonly tenants: TenantService;
  close(): Promise<void>;
}

export async function openProcess(connectionString: string, clock: Clock): Promise<MeteringProcess> {
  const store = new PostgresStore({ connectionString });
  @Module({ imports: [CoreModule.forRoot({ store, clock }), SaasModule] })
  class Application {}
  const app: INestApplicationContext = await NestFactory.createApplicationContext(Application, {
    logger: false,
  });
  return {
    usage: app.get(UsageService, { strict: false }),
    reader: app.get(UsageReaderService, { strict: false }),
    reservations: app.get(ReservationService, { strict: false }),
    expiry: app.get(ReservationExpiry, { strict: false }),
    meters: app.get(MeterService, { strict: false }),
    plans: app.get(PlanEditingService, { strict: false }),
    tenants: app.get(TenantService, { strict: false }),
    close: async () => {
      await app.close();
      await store.close();
    },
  };
}

const PLAIN_PLAN = {
  displayName: 'Plain',
  monthlyPrice: 0,
  yearlyPrice: 0,
  currency: currencyOf('USD'),
  trialDays: 0,
  features: [],
  limits: { maxUsers: null, maxApiCalls: null, maxStorageGb: null, maxProjects: null },
  enforcement: {},
  overage: {},
};

/** A plan of which nothing but the limits given matters. */
export async function offerPlan(
  { plans }: MeteringProcess,
  code: string,
  limits: Readonly<Record<string, number | null>>,
): Promise<void> {
  await plans.create(operator, { ...PLAIN_PLAN, code, limits: { ...PLAIN_PLAN.limits, ...limits } });
}

export async function provision(
  { tenants }: MeteringProcess,
  companySlug: string,
  planCode: string,
): Promise<void> {
  const timezone = timeZoneOf('Etc/UTC');
  await tenants.provision(operator, { companySlug, companyName: companySlug, planCode, timezone });
}
