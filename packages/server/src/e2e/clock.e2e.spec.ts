import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from './api.js';
import { ServerProcess, type TestPlace, testPlace } from './server-process.js';

const DAYS = 10;
const TENANTS_A_DAY = 10;
const TENANTS = DAYS * TENANTS_A_DAY;
const ZONES = ['UTC', 'Asia/Tokyo', 'America/New_York'];

interface LoggedEvent {
  readonly at: string;
  readonly command: { readonly name: string; readonly attributes: { readonly effectiveAt: string } };
}

describe(`a year of ${TENANTS} subscriptions that begin on ${DAYS} days, by one move of the clock`, () => {
  let place: TestPlace;
  let server: ServerProcess;
  let operator: Api;
  const moveTo = async (now: string) => expect((await operator.put('/clock', { now })).status).toBe(200);
  const provision = async (companySlug: string, timezone: string | undefined) => {
    const body = { companySlug, companyName: companySlug, planCode: 'starter', timezone };
    expect((await operator.post('/tenants/provision', body)).status).toBe(201);
    const { status } = await operator.patch(
      '/subscription/payment-method',
      { paymentMethodId: 'pm_1' },
      { tenant: companySlug },
    );
    expect(status).toBe(200);
  };

  beforeAll(async () => {
    place = await testPlace();
    const env = { LANDLORD_CLOCK: 'test', LANDLORD_CLOCK_START: '2024-01-01T09:00:00Z' };
    server = await ServerProcess.start({ dataDir: place.path, env: { ...place.env, ...env } });
    operator = new Api(server.url, await server.token('--role', 'system_admin'));
    for (let day = 1; day <= DAYS; day += 1) {
      await moveTo(`2024-01-${String(day).padStart(2, '0')}T09:00:00Z`);
      const each = Array.from({ length: TENANTS_A_DAY }, (_each, index) => index);
      await Promise.all(each.map((index) => provision(`t${day}-${index}`, ZONES[(day + index) % 3])));
    }
  }, 120_000);
  afterAll(async () => {
    await server?.stop();
    await place?.remove();
  });

  it('takes seconds', async () => {
    const startedAt = performance.now();
    await moveTo('2025-01-31T00:00:00Z');
    const seconds = (performance.now() - startedAt) / 1000;
    console.info(`${seconds.toFixed(1)} s`);
    expect(seconds).toBeLessThan(60);
  }, 120_000);

  it('does each thing at its instant, one after the other over all tenants', async () => {
    const events: LoggedEvent[] = [];
    let cursor = '';
    do {
      const { status, body } = await operator.get(`/audit?type=SUBSCRIPTIONEVENT&limit=200${cursor}`);
      expect(status).toBe(200);
      events.push(...body.items);
      cursor = body.nextCursor === null ? '' : `&cursor=${encodeURIComponent(body.nextCursor)}`;
    } while (cursor !== '');
    const timed = events.toReversed();
    const instants = timed.map(({ at }) => at);
    expect(timed.map(({ command }) => command.attributes.effectiveAt)).toEqual(instants);
    expect(instants).toEqual(instants.toSorted());
    const named = (name: string) =>
      timed.filter(({ command }) => command.name === `subscription.${name}`).length;
    expect([named('trial_ending'), named('activated')]).toEqual([2 * TENANTS, TENANTS]);
    expect(named('renewed')).toBeGreaterThanOrEqual(TENANTS * 11);
  }, 60_000);
});
