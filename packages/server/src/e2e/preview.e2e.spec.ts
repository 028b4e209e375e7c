import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from './api.js';
import { ServerProcess, type TestPlace, testPlace } from './server-process.js';

const PREVIEW = '/subscription/plan/preview';

describe('a preview of a change, over HTTP', () => {
  let place: TestPlace;
  let server: ServerProcess;
  let operator: Api;
  const clock = async (now: string) => expect((await operator.put('/clock', { now })).status).toBe(200);
  const as = async (tenant: string, role: string) =>
    new Api(server.url, await server.token('--tenant', tenant, '--role', role, '--user', 'usr-001'));

  beforeAll(async () => {
    place = await testPlace();
    server = await ServerProcess.start({
      dataDir: place.path,
      env: { ...place.env, LANDLORD_CLOCK: 'test', LANDLORD_CLOCK_START: '2024-03-01T09:00:00Z' },
    });
    operator = new Api(server.url, await server.token('--role', 'system_admin'));
    const body = { companySlug: 'acme', companyName: 'Acme', planCode: 'starter', timezone: 'Asia/Tokyo' };
    expect((await operator.post('/tenants/provision', body)).status).toBe(201);
    expect((await operator.post('/subscription/activate', {}, { tenant: 'acme' })).status).toBe(200);
  });
  afterAll(async () => {
    await server?.stop();
    await place?.remove();
  });

  it('says what the rest of the month costs on another plan, and changes nothing', async () => {
    await clock('2024-03-14T15:00:00Z');
    const billing = await as('acme', 'billing');
    const before = await billing.get('/subscription');
    const preview = await billing.post(PREVIEW, { planCode: 'professional' });
    expect(preview.status).toBe(200);
    // The 15th in Tokyo: 17 of 31 days.
    expect(preview.body).toMatchObject({
      effectiveAt: '2024-03-14T15:00:00.000Z',
      currency: 'USD',
      lines: [
        {
          type: 'credit',
          amount: -1_590,
          period: { from: '2024-03-15', to: '2024-04-01' },
          explain: {
            timezone: 'Asia/Tokyo',
            part: 17,
            whole: 31,
            exact: '-49300/31',
            takenFrom: { left: 2_900 },
          },
        },
        { type: 'proration', amount: 5_429, quantity: 1, unitPrice: 9_900 },
      ],
      subtotal: 3_839,
      total: 3_839,
      subscription: { planCode: 'professional', currentPeriod: { from: '2024-03-01', to: '2024-04-01' } },
    });
    expect((await billing.get('/subscription')).body).toEqual(before.body);
    expect((await billing.get('/subscription/events')).body.items).toHaveLength(2);
  });

  it('gives the same answer under the same key, though time went by', async () => {
    const billing = await as('acme', 'billing');
    const headers = { 'idempotency-key': 'preview-1' };
    const first = await billing.post(PREVIEW, { planCode: 'professional' }, { headers });
    await clock('2024-03-20T00:00:00Z');
    expect((await billing.post(PREVIEW, { planCode: 'professional' }, { headers })).body).toEqual(first.body);
    const anew = await billing.post(PREVIEW, { planCode: 'professional' });
    expect(anew.body.total).toBeLessThan(first.body.total);
  });

  it('at the end of the period is the first period on the new terms', async () => {
    const billing = await as('acme', 'billing');
    const input = { planCode: 'professional', billingCycle: 'yearly', quantity: 3, when: 'period_end' };
    expect((await billing.post(PREVIEW, input)).body).toMatchObject({
      effectiveAt: '2024-03-31T15:00:00.000Z',
      lines: [{ type: 'subscription', amount: 297_000, period: { from: '2024-04-01', to: '2025-04-01' } }],
      total: 297_000,
    });
  });

  it('is refused as the change is', async () => {
    const billing = await as('acme', 'billing');
    expect((await (await as('acme', 'member')).post(PREVIEW, { planCode: 'professional' })).status).toBe(403);
    for (const input of [{ planCode: 'nothing' }, { planCode: 'professional', quantity: 0 }, {}]) {
      const [preview, change] = [
        await billing.post(PREVIEW, input),
        await billing.patch('/subscription/plan', input),
      ];
      expect(preview.status).toBe(400);
      expect(preview.body).toEqual({ ...change.body, requestId: preview.body.requestId });
    }
    await billing.post('/subscription/pause', {});
    expect((await billing.post(PREVIEW, { planCode: 'professional' })).body).toMatchObject({
      status: 409,
      code: 'invalid_transition',
      from: 'paused',
    });
  });
});
