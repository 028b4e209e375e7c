import { type InvokeContext, Quantity, timeZoneOf } from '@landlord/kernel';
import { createTestDatabase, type TestDatabase } from '@landlord/postgres/testing';
import {
  ConsumptionService,
  PlanService,
  SubscriptionChanges,
  TenantService,
  UsageService,
} from '@landlord/saas';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type EmbeddingApplication, openEmbedding } from './embedding-application.fixture.js';

const operator: InvokeContext = {
  user: { userId: 'operator', tenantCode: null, roles: ['system_admin'] },
  requestId: 'req-1',
  source: 'test',
  ip: null,
  idempotency: null,
};
const memberOf = (tenantCode: string): InvokeContext => ({
  ...operator,
  user: { userId: 'usr-1', tenantCode, roles: ['member'] },
});

/** starter: 3 projects, 10,000 calls. */
describe('an application that mounts the modules', () => {
  let now = '2024-01-31T10:00:00.000Z';
  let database: TestDatabase;
  const applications: EmbeddingApplication[] = [];
  let usage: UsageService;
  let consumptions: ConsumptionService;

  beforeAll(async () => {
    database = await createTestDatabase(inject('databaseUrl'));
    for (let count = 0; count < 2; count += 1)
      applications.push(await openEmbedding(database.url, { now: () => now }));
    const { app } = applications[0] as EmbeddingApplication;
    usage = app.get(UsageService);
    consumptions = app.get(ConsumptionService);
    await app.get(PlanService).seed();
    for (const tenant of ['acme', 'parallel', 'gauge', 'orders', 'edge', 'edge-late'])
      await provision(tenant);
  });
  afterAll(async () => {
    for (const application of applications) await application.close();
    await database?.drop();
  });

  const provision = async (companySlug: string) => {
    const timezone = timeZoneOf('Etc/UTC');
    const body = { companySlug, companyName: companySlug, planCode: 'starter', timezone };
    await applications[0]?.app.get(TenantService).provision(operator, body);
  };
  const send = async (
    method: 'GET' | 'POST',
    path: string,
    { tenant, process = 0, ...given }: { tenant?: string; process?: number; [header: string]: unknown } = {},
  ) => {
    const headers = Object.fromEntries(
      Object.entries({ 'x-tenant': tenant, ...given }).filter(([, value]) => value !== undefined),
    );
    const response = await fetch(`${applications[process]?.url}${path}`, {
      method,
      headers: headers as Record<string, string>,
    });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const used = async (tenant: string, metric: 'apiCalls' | 'projectCount', period?: string) =>
    (await usage.getUsageSummary(tenant, period))[metric];

  describe('QuotaGuard', () => {
    it('lets pass until the quota is used up, then answers as the HTTP contract has it', async () => {
      expect(await send('GET', '/projects', { tenant: 'acme' })).toMatchObject({ status: 200 });
      await usage.record(memberOf('acme'), [{ id: 'p', metric: 'projectCount', quantity: Quantity.of(3) }]);
      expect(await send('GET', '/projects', { tenant: 'acme' })).toMatchObject({
        status: 403,
        body: {
          code: 'quota_exceeded',
          detail: 'Quota exceeded for projectCount: 3/3. Please upgrade your plan.',
          metric: 'projectCount',
          current: 3,
          limit: 3,
        },
      });
    });

    it.each([
      ['/projects', {}, 401, 'unauthenticated'],
      ['/projects', { tenant: 'nobody' }, 404, 'not_found'],
      ['/odd', { tenant: 'acme' }, 404, 'not_found'],
    ])('%s of %j is %i %s', async (path, caller, status, code) => {
      expect(await send('GET', path, caller)).toMatchObject({ status, body: { code } });
    });
  });

  describe("Landlord's own routes", () => {
    it.each([
      ['GET', '/plans', {}, 200],
      ['GET', '/usage', {}, 401],
      ['GET', '/usage', { tenant: 'acme' }, 200],
      ['GET', '/usage', { tenant: 'nobody' }, 404],
      ['GET', '/tenants', { tenant: 'acme' }, 403],
      ['POST', '/tenants/provision', { tenant: 'acme' }, 403],
      ['POST', '/usage/events', { tenant: 'acme' }, 403],
    ] as const)('%s %s of %j answers %i: roles hold here, too', async (method, path, caller, status) => {
      expect((await send(method, path, caller)).status).toBe(status);
    });
  });

  describe('ConsumesQuota', () => {
    it('counts what was done and nothing else: 200 at once in two processes, every other fails', async () => {
      const tenant = 'parallel';
      await usage.record(memberOf(tenant), [
        { id: 'before', metric: 'apiCalls', quantity: Quantity.of(9_800) },
      ]);
      const answers = await Promise.all(
        Array.from({ length: 200 }, (_each, index) =>
          send('POST', '/calls', {
            tenant,
            process: index % 2,
            ...(index % 4 < 2 ? { 'x-fails': '1' } : {}),
          }),
        ),
      );
      const statuses = answers.map(({ status }) => status);
      expect(statuses.filter((status) => status === 200)).toHaveLength(100);
      expect(statuses.filter((status) => status === 500)).toHaveLength(100);
      expect(await used(tenant, 'apiCalls')).toBe(9_900);
    });

    it('never admits more than the limit, whatever fails meanwhile', async () => {
      const tenant = 'gauge';
      const answers = await Promise.all(
        Array.from({ length: 200 }, (_each, index) =>
          send('POST', '/projects', {
            tenant,
            process: index % 2,
            ...(index % 2 === 0 ? { 'x-fails': '1' } : {}),
          }),
        ),
      );
      const done = answers.filter(({ status }) => status === 200).length;
      expect(done).toBeLessThanOrEqual(3);
      expect(await used(tenant, 'projectCount')).toBe(done);
      expect(new Set(answers.map(({ status }) => status))).toContain(403);
    });

    it.each([
      ['its own id', '/orders', 2, (name: string) => ({ 'x-order': name })],
      ['its Idempotency-Key', '/calls', 1, (name: string) => ({ 'x-key': name })],
    ])('counts work once by %s, however often it is tried', async (_by, path, quantity, named) => {
      const tenant = 'orders';
      const before = Number(await used(tenant, 'apiCalls'));
      const attempt = (isFailing: boolean, process = 0) =>
        send('POST', path, { tenant, process, ...named('o1'), ...(isFailing ? { 'x-fails': '1' } : {}) });
      for (const isFailing of [true, true, false, false, true]) await attempt(isFailing);
      expect(await used(tenant, 'apiCalls')).toBe(before + quantity);
      await Promise.all([0, 1, 0, 1].map((process) => attempt(false, process)));
      expect(await used(tenant, 'apiCalls')).toBe(before + quantity);
    });

    it('takes over what an attempt left behind whose process died', async () => {
      const request = { metric: 'apiCalls', quantity: Quantity.one, id: 'died' };
      const context = memberOf('acme');
      const left = await consumptions.take(request, context);
      expect(left).toMatchObject({ isOwn: true, attempt: 1 });
      const next = await consumptions.take(request, context);
      expect(next).toMatchObject({ isOwn: false, attempt: 2 });
      await consumptions.giveBack(next, context);
      await consumptions.giveBack(left, context);
      expect(await used('acme', 'apiCalls')).toBe(1);
    });

    it('gives back in the month it took from, twice as once, and keeps the events', async () => {
      now = '2024-01-31T23:59:59.999Z';
      const context = memberOf('edge');
      const request = { metric: 'apiCalls', quantity: Quantity.of('0.5'), id: 'e1' };
      const consumption = await consumptions.take(request, context);
      now = '2024-02-01T00:00:00.000Z';
      await consumptions.giveBack(consumption, context);
      await consumptions.giveBack(consumption, context);
      expect([await used('edge', 'apiCalls', '2024-01'), await used('edge', 'apiCalls', '2024-02')]).toEqual([
        0, 0,
      ]);
    });

    it('does not count anew in a new month what an attempt counted in the old one', async () => {
      now = '2024-02-29T23:59:59.999Z';
      const context = memberOf('edge-late');
      const request = { metric: 'apiCalls', quantity: Quantity.one, id: 'e1' };
      await consumptions.take(request, context);
      now = '2024-03-01T00:00:00.000Z';
      expect(await consumptions.take(request, context)).toMatchObject({ isOwn: false });
      expect([
        await used('edge-late', 'apiCalls', '2024-02'),
        await used('edge-late', 'apiCalls', '2024-03'),
      ]).toEqual([1, 0]);
    });

    it.each([
      [{ metric: 'apiCalls', quantity: Quantity.zero, id: 'a' }, 'quantity'],
      [{ metric: 'apiCalls', quantity: Quantity.of(-1), id: 'a' }, 'quantity'],
      [{ metric: 'apiCalls', quantity: Quantity.one, id: '' }, 'id'],
      [{ metric: 'apiCalls', quantity: Quantity.one, id: 'x'.repeat(201) }, 'id'],
    ])('refuses %j', async (request, path) => {
      await expect(consumptions.take(request, memberOf('acme'))).rejects.toMatchObject({
        code: 'validation_failed',
        errors: [{ path }],
      });
    });
  });

  describe('UsageService', () => {
    it('tracks calls and storage, once for a request under one key', async () => {
      const context = memberOf('acme');
      const before = Number(await used('acme', 'apiCalls'));
      await usage.trackApiCall(context);
      await usage.trackApiCall(context);
      const request = () => ({
        ...context,
        idempotency: { owner: 'acme', key: 'k1', fingerprint: 'f' },
      });
      for (const repetition of [request(), request()]) {
        await usage.trackApiCall(repetition);
        await usage.trackStorageChange('1.5', repetition);
        await usage.trackStorageChange('1.5', repetition);
        await usage.trackStorageChange(-0.5, repetition);
      }
      expect(await usage.getUsageSummary('acme')).toMatchObject({
        apiCalls: before + 3,
        storageUsedGb: 2.5,
      });
      await expect(usage.trackStorageChange(-3, context)).rejects.toMatchObject({
        code: 'validation_failed',
      });
      await expect(usage.trackStorageChange('much', context)).rejects.toMatchObject({
        errors: [{ path: 'deltaGb' }],
      });
    });

    it('tells how a quota stands, and why it cannot be used', async () => {
      expect(await usage.checkQuota('projectCount', memberOf('acme'))).toMatchObject({
        current: 3,
        limit: 3,
        isExceeded: true,
      });
      await expect(usage.checkQuota('steps', memberOf('acme'))).rejects.toMatchObject({ code: 'not_found' });
      await expect(usage.checkQuota('apiCalls', operator)).rejects.toMatchObject({
        code: 'validation_failed',
      });
      await expect(usage.getUsageSummary('acme', '2024-13')).rejects.toMatchObject({
        code: 'validation_failed',
      });
      await expect(usage.getUsageSummary('nobody')).rejects.toMatchObject({ code: 'not_found' });
    });

    it('says no_subscription once it has ended', async () => {
      await provision('over');
      const { app } = applications[1] as EmbeddingApplication;
      const admin = { ...memberOf('over'), user: { ...memberOf('over').user, roles: ['admin' as const] } };
      await app
        .get(SubscriptionChanges)
        .request(admin, { command: { kind: 'cancel', reason: 'over', when: 'now' }, ifMatch: null });
      const refusal = { code: 'forbidden', facts: { reason: 'no_subscription' } };
      await expect(usage.checkQuota('apiCalls', admin)).rejects.toMatchObject(refusal);
      expect(await send('GET', '/projects', { tenant: 'over' })).toMatchObject({
        status: 403,
        body: { code: 'forbidden', reason: 'no_subscription' },
      });
      expect(await send('POST', '/calls', { tenant: 'over' })).toMatchObject({
        status: 403,
        body: { code: 'forbidden', reason: 'no_subscription' },
      });
    });
  });
});
