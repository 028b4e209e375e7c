import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from './api.js';
import { ServerProcess, type TestPlace, testPlace } from './server-process.js';

describe('a subscription beside its plan, over HTTP', () => {
  let place: TestPlace;
  let server: ServerProcess;
  let operator: Api;
  const of = async (tenant: string) => (await operator.get('/subscription', { tenant })).body;
  const clock = async (now: string) => expect((await operator.put('/clock', { now })).status).toBe(200);
  const as = async (tenant: string, role = 'billing') =>
    new Api(server.url, await server.token('--tenant', tenant, '--role', role, '--user', 'usr-001'));
  const consume = (tenant: string, id: string) =>
    operator.post('/usage/consume', { id, metric: 'apiCalls' }, { tenant });

  beforeAll(async () => {
    place = await testPlace();
    server = await ServerProcess.start({
      dataDir: place.path,
      env: { ...place.env, LANDLORD_CLOCK: 'test', LANDLORD_CLOCK_START: '2024-01-31T09:00:00Z' },
    });
    operator = new Api(server.url, await server.token('--role', 'system_admin'));
    for (const companySlug of ['frozen', 'running', 'owing', 'seats']) {
      const body = { companySlug, companyName: companySlug, planCode: 'starter', quantity: 3 };
      const { status } = await operator.post('/tenants/provision', body);
      expect(status).toBe(201);
      const activated = await operator.post('/subscription/activate', {}, { tenant: companySlug });
      expect(activated.body).toMatchObject({ status: 'active', quantity: 3, currency: 'USD' });
    }
  });
  afterAll(async () => {
    await server?.stop();
    await place?.remove();
  });

  it('is paused: nothing can be consumed, the period waits, and it goes on by itself', async () => {
    const billing = await as('frozen');
    expect((await consume('frozen', 'c1')).status).toBe(200);
    for (const resumesOn of ['2024-01-31', '2023-05-01', '2024-02-30', 'soon'])
      expect((await billing.post('/subscription/pause', { resumesOn })).body).toMatchObject({
        code: 'validation_failed',
        errors: [{ path: 'resumesOn' }],
      });
    const paused = await billing.post('/subscription/pause', { resumesOn: '2024-03-10', reason: 'winter' });
    expect(paused.body).toMatchObject({
      status: 'active',
      pause: { mode: 'freeze', since: '2024-01-31', resumesOn: '2024-03-10', reason: 'winter' },
    });
    expect((await consume('frozen', 'c2')).body).toMatchObject({
      code: 'forbidden',
      reason: 'subscription_paused',
    });
    expect((await billing.get('/features/sso')).body).toMatchObject({
      enabled: false,
      reason: 'subscription_paused',
    });
    expect((await billing.get('/subscription/scheduled-changes')).body.items).toMatchObject([
      { kind: 'resume', effectiveAt: '2024-03-10T00:00:00.000Z' },
    ]);
    const now = await billing.patch('/subscription/plan', { planCode: 'professional' });
    expect(now.body).toMatchObject({ code: 'invalid_transition', from: 'paused' });
    await clock('2024-03-10T00:00:00Z');
    expect(await of('frozen')).toMatchObject({
      pause: null,
      frozenDays: 39,
      currentPeriod: { from: '2024-01-31', to: '2024-04-08' },
    });
    expect((await consume('frozen', 'c2')).status).toBe(200);
  });

  it('is paused while periods go by, and resumed by hand', async () => {
    const billing = await as('running');
    expect((await billing.post('/subscription/pause', { mode: 'run' })).status).toBe(200);
    await clock('2024-05-02T00:00:00Z');
    expect(await of('running')).toMatchObject({
      pause: { mode: 'run', since: '2024-03-10' },
      currentPeriod: { from: '2024-04-30', to: '2024-05-31' },
    });
    expect((await billing.post('/subscription/resume', undefined)).body.pause).toBeNull();
    expect((await billing.post('/subscription/resume', undefined)).body).toMatchObject({
      code: 'invalid_transition',
    });
  });

  it('owes, renews no more, and catches up when it is paid', async () => {
    const billing = await as('owing');
    expect((await billing.post('/subscription/past-due', { reason: 'x' })).status).toBe(403);
    const tenant = 'owing';
    const owing = await operator.post('/subscription/past-due', { reason: 'card declined' }, { tenant });
    expect(owing.body).toMatchObject({ status: 'past_due' });
    const { currentPeriod } = await of(tenant);
    await clock('2024-08-15T00:00:00Z');
    expect(await of(tenant)).toMatchObject({ status: 'past_due', currentPeriod });
    expect((await operator.post('/subscription/recover', undefined, { tenant })).body.status).toBe('active');
    await clock('2024-08-15T00:00:01Z');
    expect(await of(tenant)).toMatchObject({
      status: 'active',
      currentPeriod: { from: '2024-07-31', to: '2024-08-31' },
    });
  });

  it('changes its quantity, now and later, and what waits is taken back by name', async () => {
    const billing = await as('seats');
    for (const quantity of [0, -1, 1.5, 2 ** 53, '3'])
      expect((await billing.patch('/subscription/quantity', { quantity })).status).toBe(400);
    expect((await billing.patch('/subscription/quantity', { quantity: 5 })).body).toMatchObject({
      quantity: 5,
      scheduledChange: null,
    });
    const later = await billing.patch('/subscription/quantity', { quantity: 2, when: 'period_end' });
    expect(later.body).toMatchObject({ quantity: 5, scheduledChange: { kind: 'plan', quantity: 2 } });
    await billing.post('/subscription/cancel', { reason: 'x', when: 'period_end' });
    const revoked = await billing.call('DELETE', '/subscription/scheduled-changes/cancellation');
    expect(revoked.body).toMatchObject({ cancelAt: null, scheduledChange: { quantity: 2 } });
    expect((await billing.call('DELETE', '/subscription/scheduled-changes/cancellation')).status).toBe(404);
    await clock('2024-08-31T00:00:00Z');
    expect(await of('seats')).toMatchObject({ quantity: 2, scheduledChange: null });
    const { body } = await billing.get('/subscription/events?limit=2');
    expect(body.items.map(({ name }: { name: string }) => name)).toEqual([
      'subscription.renewed',
      'subscription.quantity_changed',
    ]);
    expect(body.items[0].data.after).toMatchObject({
      status: 'active',
      quantity: 2,
      currency: 'USD',
      currentPeriod: { from: '2024-08-31', to: '2024-09-30' },
    });
  });

  it('is paid in a currency that the plan has a price in', async () => {
    const body = { companySlug: 'euro', companyName: 'Euro', planCode: 'starter', currency: 'EUR' };
    expect((await operator.post('/tenants/provision', body)).body).toMatchObject({
      code: 'validation_failed',
      errors: [{ path: 'currency' }],
    });
  });
});
