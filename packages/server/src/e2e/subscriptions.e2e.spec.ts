import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from './api.js';
import { ServerProcess, type TestPlace, testPlace } from './server-process.js';

const START = '2024-01-31T09:00:00Z';

interface EventView {
  name: string;
  effectiveAt: string;
  subscriptionCode: string;
}

describe('subscriptions, over HTTP', () => {
  let place: TestPlace;
  let server: ServerProcess;
  let operator: Api;
  const as = async (tenant: string, role = 'billing') =>
    new Api(server.url, await server.token('--tenant', tenant, '--role', role, '--user', 'usr-001'));
  const provision = async (companySlug: string, more: object = {}) => {
    const body = { companySlug, companyName: companySlug, planCode: 'starter', ...more };
    expect((await operator.post('/tenants/provision', body)).status).toBe(201);
  };
  const of = async (tenant: string) => (await operator.get('/subscription', { tenant })).body;
  const clock = async (now: string) => expect((await operator.put('/clock', { now })).status).toBe(200);
  /** Oldest first. */
  const eventsOf = async (tenant: string): Promise<EventView[]> => {
    const { status, body } = await operator.get('/subscription/events?limit=200', { tenant });
    expect([status, body.nextCursor]).toEqual([200, null]);
    return body.items.toReversed();
  };
  const namesOf = async (tenant: string) =>
    (await eventsOf(tenant)).map(({ name }) => name.replace('subscription.', ''));
  const use = (tenant: string, id: string, metric: string, quantity: number) =>
    operator.post('/usage/events', [{ id, metric, quantity }], { tenant });

  beforeAll(async () => {
    place = await testPlace();
    server = await ServerProcess.start({
      dataDir: place.path,
      env: { ...place.env, LANDLORD_CLOCK: 'test', LANDLORD_CLOCK_START: START },
    });
    operator = new Api(server.url, await server.token('--role', 'system_admin'));
    for (const code of ['acme', 'silent', 'early', 'steady', 'leaving']) await provision(code);
    await provision('tokyo', { timezone: 'Asia/Tokyo' });
  });
  afterAll(async () => {
    await server?.stop();
    await place?.remove();
  });

  it('are changed by those who pay, and by nobody else', async () => {
    const member = await as('acme', 'member');
    for (const [path, body] of [
      ['/subscription/cancel', { reason: 'x' }],
      ['/subscription/activate', {}],
      ['/subscription/reactivate', {}],
    ] as const)
      expect((await member.post(path, body)).status).toBe(403);
    expect((await member.get('/subscription/events')).status).toBe(403);
    const billing = await as('acme');
    for (const body of [{}, { reason: '' }, { reason: 'x', when: 'soon' }, { reason: 'x', why: 'y' }])
      expect((await billing.post('/subscription/cancel', body)).status).toBe(400);
    expect((await billing.patch('/subscription/plan', { planCode: 'nothing' })).body).toMatchObject({
      code: 'validation_failed',
      errors: [{ path: 'planCode' }],
    });
    expect((await billing.post('/subscription/reactivate', undefined)).body).toMatchObject({
      code: 'invalid_transition',
      from: 'trial',
    });
  });

  it('become active after the trial with a payment method, and expire without', async () => {
    for (const code of ['acme', 'steady', 'leaving', 'tokyo']) {
      const { body } = await operator.patch(
        '/subscription/payment-method',
        { paymentMethodId: 'pm_1' },
        { tenant: code },
      );
      expect(body).toMatchObject({ status: 'trial', paymentMethodId: 'pm_1' });
    }
    const early = await (await as('early')).post('/subscription/activate', { billingCycle: 'yearly' });
    expect(early.body).toMatchObject({
      status: 'active',
      billingCycle: 'yearly',
      currentPeriod: { from: '2024-01-31', to: '2025-01-31' },
    });
    await clock('2024-02-13T15:00:00Z');
    expect(await of('tokyo')).toMatchObject({ status: 'active', anchor: '2024-02-14' });
    expect(await of('acme')).toMatchObject({ status: 'trial', trialNotice: 1 });
    await clock('2024-02-14T00:00:00Z');
    expect(await of('acme')).toMatchObject({
      status: 'active',
      startDate: '2024-01-31',
      anchor: '2024-02-14',
      currentPeriod: { from: '2024-02-14', to: '2024-03-14' },
    });
    expect(await namesOf('acme')).toEqual(['created', 'trial_ending', 'trial_ending', 'activated']);
    expect(await of('silent')).toMatchObject({ status: 'expired', endDate: '2024-02-14' });
    expect((await use('silent', 'u1', 'apiCalls', 1)).status).toBe(200);
    const consumed = await operator.post(
      '/usage/consume',
      { id: 'c1', metric: 'apiCalls' },
      { tenant: 'silent' },
    );
    expect(consumed.status).toBe(403);
  });

  it('begin anew after an end, one at a time', async () => {
    const billing = await as('silent');
    const refused = await billing.patch('/subscription/plan', { planCode: 'professional' });
    expect(refused).toMatchObject({ status: 409, body: { code: 'invalid_transition', from: 'expired' } });
    const answers = await Promise.all([1, 2, 3].map(() => billing.post('/subscription/activate', {})));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409, 409]);
    expect(await of('silent')).toMatchObject({
      code: 'SUB-002',
      status: 'active',
      startDate: '2024-02-14',
      currentPeriod: { from: '2024-02-14', to: '2024-03-14' },
    });
    expect(await namesOf('silent')).toEqual([
      'created',
      'trial_ending',
      'trial_ending',
      'expired',
      'created',
      'activated',
    ]);
  });

  it('change plan now: the limits hold at once, and the period stays', async () => {
    const billing = await as('acme');
    const read = await billing.get('/subscription');
    const headers = { 'if-match': read.headers.get('etag') ?? '' };
    const answers = await Promise.all(
      ['professional', 'enterprise'].map((planCode) =>
        billing.patch('/subscription/plan', { planCode }, { headers }),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 409]);
    const pro = await billing.patch('/subscription/plan', { planCode: 'professional' });
    expect(pro.body).toMatchObject({
      planCode: 'professional',
      currentPeriod: { from: '2024-02-14', to: '2024-03-14' },
    });
    expect((await billing.get('/usage/quotas/apiCalls')).body.limit).toBe(100_000);
  });

  it('refuse a plan that is too small, and name everything that is', async () => {
    await use('acme', 'u1', 'apiCalls', 20_000);
    await use('acme', 'u2', 'projectCount', 4);
    await use('acme', 'u3', 'storageUsedGb', 10);
    const blocked = await (await as('acme')).patch('/subscription/plan', { planCode: 'starter' });
    expect(blocked).toMatchObject({
      status: 400,
      body: {
        code: 'downgrade_blocked',
        errors: [
          { path: 'apiCalls', message: '20000 in use, the limit is 10000' },
          { path: 'projectCount', message: '4 in use, the limit is 3' },
        ],
      },
    });
    expect(blocked.body.errors).toHaveLength(2);
    expect(await of('acme')).toMatchObject({ planCode: 'professional' });
  });

  it('change plan at the end of the period: seen, taken back, made, or dropped with a reason', async () => {
    const billing = await as('acme');
    const later = { planCode: 'enterprise', billingCycle: 'yearly', when: 'period_end' };
    const waiting = await billing.patch('/subscription/plan', later);
    expect(waiting.body).toMatchObject({
      planCode: 'professional',
      scheduledChange: { kind: 'plan', planCode: 'enterprise', billingCycle: 'yearly' },
    });
    expect((await billing.post('/subscription/reactivate', {})).body.scheduledChange).toBeNull();
    expect((await billing.patch('/subscription/plan', later)).status).toBe(200);

    const steady = await as('steady');
    expect((await steady.patch('/subscription/plan', { planCode: 'professional' })).status).toBe(200);
    const back = await steady.patch('/subscription/plan', { planCode: 'starter', when: 'period_end' });
    expect(back.body.scheduledChange).toMatchObject({ planCode: 'starter' });
    await use('steady', 'u1', 'projectCount', 7);

    await clock('2024-03-14T00:00:00Z');
    expect(await of('acme')).toMatchObject({
      planCode: 'enterprise',
      billingCycle: 'yearly',
      scheduledChange: null,
      currentPeriod: { from: '2024-03-14', to: '2025-03-14' },
    });
    expect(await of('steady')).toMatchObject({
      planCode: 'professional',
      scheduledChange: null,
      droppedChange: { reason: expect.stringContaining('projectCount: 7 in use, the limit is 3') },
      currentPeriod: { from: '2024-03-14', to: '2024-04-14' },
    });
    expect((await namesOf('steady')).slice(-2)).toEqual(['change_dropped', 'renewed']);
  });

  it('are cancelled at the end of the period, unless that is taken back', async () => {
    const billing = await as('leaving');
    const later = { reason: 'too dear', when: 'period_end' };
    expect((await billing.post('/subscription/cancel', later)).body).toMatchObject({
      status: 'active',
      cancelAt: '2024-04-14T00:00:00.000Z',
      cancelReason: 'too dear',
    });
    expect((await billing.post('/subscription/reactivate', {})).body.cancelAt).toBeNull();
    await clock('2024-04-14T00:00:00Z');
    expect(await of('leaving')).toMatchObject({ status: 'active', currentPeriod: { from: '2024-04-14' } });
    expect((await billing.post('/subscription/cancel', later)).status).toBe(200);
    await clock('2024-05-14T00:00:00Z');
    expect(await of('leaving')).toMatchObject({ status: 'cancelled', endDate: '2024-05-14' });

    expect((await billing.post('/subscription/activate', {})).body).toMatchObject({ code: 'SUB-002' });
    const headers = { 'idempotency-key': 'double-click' };
    const clicks = await Promise.all(
      [1, 2].map(() => billing.post('/subscription/cancel', { reason: 'no' }, { headers })),
    );
    expect(clicks.map(({ status }) => status)).toEqual([200, 200]);
    expect(clicks[0]?.body).toEqual(clicks[1]?.body);
    expect((await namesOf('leaving')).filter((name) => name === 'cancelled')).toHaveLength(2);
  });

  it('are renewed for a year by one move of the clock, in order', async () => {
    const before = (await eventsOf('tokyo')).length;
    await clock('2025-05-14T00:00:00Z');
    const renewals = (await eventsOf('tokyo')).slice(before);
    expect(renewals.map(({ name }) => name)).toEqual(Array(12).fill('subscription.renewed'));
    expect(renewals.map(({ effectiveAt }) => effectiveAt.slice(0, 13))).toEqual(
      ['2024-06', '2024-07', '2024-08', '2024-09', '2024-10', '2024-11', '2024-12']
        .concat(['2025-01', '2025-02', '2025-03', '2025-04', '2025-05'])
        // The 14th begins in Tokyo at 15:00 UTC of the day before.
        .map((month) => `${month}-13T15`),
    );
    expect(await of('tokyo')).toMatchObject({ currentPeriod: { from: '2025-05-14', to: '2025-06-14' } });
  });
});
