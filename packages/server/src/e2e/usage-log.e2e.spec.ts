import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, Api } from './api.js';
import { ServerProcess, type TestPlace, testPlace } from './server-process.js';

let place: TestPlace;
let server: ServerProcess;
let operator: Api;
let admin: Api;
let member: Api;

beforeAll(async () => {
  place = await testPlace();
  const clock = { LANDLORD_CLOCK: 'test', LANDLORD_CLOCK_START: '2024-03-28T12:00:00.000Z' };
  const env = { ...place.env, ...clock, LANDLORD_USAGE_EVENT_DAYS: '60', LANDLORD_USAGE_ID_DAYS: '100' };
  server = await ServerProcess.start({ dataDir: place.path, env });
  operator = new Api(server.url, await server.token('--role', 'system_admin'));
  for (const companySlug of ['solo', 'other', 'top']) await provision(companySlug);
  await done(operator.post('/tenants', { code: 'below', name: 'Below', parentCode: 'top' }));
  admin = new Api(server.url, await server.token('--tenant', 'solo', '--role', 'admin'));
  member = new Api(server.url, await server.token('--tenant', 'solo', '--role', 'member'));
});

afterAll(async () => {
  await server.stop();
  await place.remove();
});

function provision(companySlug: string) {
  const body = {
    companySlug,
    companyName: companySlug,
    planCode: 'professional',
    timezone: 'Europe/Amsterdam',
  };
  return done(operator.post('/tenants/provision', body));
}

async function done(call: Promise<Answer>): Promise<Answer['body']> {
  const { status, body } = await call;
  expect([status, status < 300 ? null : body]).toEqual([status, null]);
  return body;
}

function record(events: object[], tenant = 'solo') {
  return done(operator.post('/usage/events', events, { tenant }));
}

async function pointsOf(query: string, metric: string, api = admin) {
  const { series } = await done(api.get(`/usage/2024-03/series?${query}`));
  return series.find((each: { metric: string }) => each.metric === metric).points;
}

const quantities = (points: { quantity: number }[]) => points.map(({ quantity }) => quantity);
const sum = (points: { quantity: number }[]) => quantities(points).reduce((total, each) => total + each, 0);

describe('series of a month', () => {
  beforeAll(async () => {
    await record([
      { id: 's1', metric: 'apiCalls', quantity: 3, timestamp: '2024-02-29T23:30:00Z' },
      { id: 's2', metric: 'apiCalls', quantity: 2, timestamp: '2024-03-10T09:10:00Z' },
      { id: 's3', metric: 'apiCalls', quantity: 1, timestamp: '2024-03-10T09:50:00Z' },
      { id: 'g1', metric: 'storageUsedGb', quantity: 4, timestamp: '2024-02-10T00:00:00Z' },
      { id: 'g2', metric: 'storageUsedGb', set: 10, timestamp: '2024-03-05T00:00:00Z' },
      { id: 'g3', metric: 'storageUsedGb', quantity: -3, timestamp: '2024-03-20T00:00:00Z' },
    ]);
  });

  it("has the tenant's days and hours, also where one is lost", async () => {
    const days = await pointsOf('metric=apiCalls', 'apiCalls', member);
    expect(days).toHaveLength(31);
    expect(days[0]).toEqual({
      from: '2024-02-29T23:00:00.000Z',
      to: '2024-03-01T23:00:00.000Z',
      quantity: 3,
    });
    expect(days[9].quantity).toBe(3);
    expect(days[30]).toMatchObject({ from: '2024-03-30T23:00:00.000Z', to: '2024-03-31T22:00:00.000Z' });
    const hours = await pointsOf('by=hour&metric=apiCalls', 'apiCalls');
    expect(hours).toHaveLength(743);
    expect(sum(hours)).toBe(6);
    const usage = await done(admin.get('/usage/2024-03'));
    expect(sum(days)).toBe(usage.apiCalls);
  });

  it('carries a level', async () => {
    const levels = quantities(await pointsOf('by=day', 'storageUsedGb'));
    expect([levels[0], levels[3], levels[4], levels[18], levels[19], levels[30]]).toEqual([
      4, 4, 10, 10, 7, 7,
    ]);
    await record([{ id: 'g0', metric: 'storageUsedGb', quantity: 1, timestamp: '2024-02-11T00:00:00Z' }]);
    const later = quantities(await pointsOf('by=day', 'storageUsedGb'));
    expect([later[0], later[4], later[30]]).toEqual([5, 10, 7]);
  });

  it('groups by the dimensions of a meter, and by no other property', async () => {
    const meter = { code: 'tokens', displayName: 'Tokens', aggregation: 'sum', dimensions: ['model'] };
    await done(operator.post('/meters', meter));
    await record([
      { id: 't1', metric: 'tokens', quantity: 5, properties: { model: 'small', key: 'x' } },
      { id: 't2', metric: 'tokens', quantity: 7, properties: { model: 'large' } },
      { id: 't3', metric: 'tokens', quantity: 1 },
    ]);
    const points = await pointsOf('metric=tokens&groupBy=model', 'tokens');
    expect(points[27]).toMatchObject({
      quantity: 13,
      groups: [
        { value: 'large', quantity: 7 },
        { value: 'small', quantity: 5 },
        { value: null, quantity: 1 },
      ],
    });
    for (const [query, message] of [
      ['metric=tokens&groupBy=key', /it has model/],
      ['metric=apiCalls&groupBy=model', /it has none/],
      ['groupBy=model', /name the metric/],
      ['metric=nothing', /no metric "nothing"/],
      ['by=week', /day or hour/],
    ] as const) {
      const { status, body } = await admin.get(`/usage/2024-03/series?${query}`);
      expect([query, status, body.detail]).toEqual([query, 400, expect.stringMatching(message)]);
    }
  });
});

describe('a correction', () => {
  const correct = (id: string, corrects: string, options: object = {}, reason = 'load test') =>
    operator.post('/usage/corrections', { id, corrects, reason }, { tenant: 'solo', ...options });

  it('takes an event back once, where it was, and the audit says who and why', async () => {
    const before = await done(admin.get('/usage/2024-03'));
    const body = { id: 'c1', corrects: 's2', reason: 'load test' };
    const made = await admin.post('/usage/corrections', body);
    expect([made.status, made.body]).toEqual([
      201,
      expect.objectContaining({ ...body, metric: 'apiCalls', quantity: -2, period: '2024-03' }),
    ]);
    expect((await done(admin.get('/usage/2024-03'))).apiCalls).toBe(before.apiCalls - 2);
    expect((await pointsOf('metric=apiCalls', 'apiCalls'))[9].quantity).toBe(1);
    expect((await admin.post('/usage/corrections', body)).body).toEqual(made.body);
    expect((await correct('c2', 's2')).body).toMatchObject({
      status: 409,
      code: 'already_exists',
      correctedBy: 'c1',
    });
    expect((await correct('c1', 's2', {}, 'else')).body).toMatchObject({ code: 'duplicate_event' });
    expect((await correct('s1', 's3')).body).toMatchObject({ code: 'duplicate_event' });
    const { items } = await done(admin.get('/audit?type=USAGECORRECTION'));
    expect(items).toHaveLength(1);
    expect(JSON.stringify(items)).toContain('load test');
    expect((await done(admin.get('/audit/verify'))).isIntact ?? true).toBe(true);
  });

  it.each([
    ['c1', 409, 'invalid_transition'],
    ['g2', 409, 'invalid_transition'],
    ['nothing', 404, 'not_found'],
  ])('of %s is refused', async (corrects, status, code) => {
    expect((await correct(`of-${corrects}`, corrects)).body).toMatchObject({ status, code });
  });

  it("of another tenant's event is of one that never was", async () => {
    const options = { tenant: 'other' };
    const [real, none] = [await correct('x', 's1', options), await correct('x', 'nought', options)];
    expect([real.status, real.body.detail]).toEqual([404, none.body.detail]);
    expect((await member.post('/usage/corrections', { id: 'x', corrects: 's1', reason: 'r' })).status).toBe(
      403,
    );
  });

  it('goes to exactly one of many that ask at once', async () => {
    await record([{ id: 'many', metric: 'apiCalls', quantity: 5 }]);
    const before = await done(admin.get('/usage'));
    const answers = await Promise.all(Array.from({ length: 12 }, (_, index) => correct(`m${index}`, 'many')));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(11);
    expect((await done(admin.get('/usage'))).apiCalls).toBe(before.apiCalls - 5);
  });

  it('never takes a level below 0', async () => {
    await record([{ id: 'p1', metric: 'projectCount', quantity: 2 }]);
    await record([{ id: 'p2', metric: 'projectCount', quantity: -1 }]);
    const refused = await correct('cp1', 'p1');
    expect([refused.body.code, refused.body.detail]).toEqual([
      'out_of_bounds',
      expect.stringContaining('below 0'),
    ]);
    expect((await correct('cp2', 'p2')).body).toMatchObject({ quantity: 1 });
    expect((await correct('cp1', 'p1')).status).toBe(201);
    expect((await done(admin.get('/usage'))).projectCount).toBe(0);
  });

  it('is taken back from the pool, too', async () => {
    await record([{ id: 'b1', metric: 'apiCalls', quantity: 9 }], 'below');
    expect((await done(operator.get('/usage', { tenant: 'top' }))).pooled.apiCalls).toBe(9);
    expect((await correct('cb1', 'b1', { tenant: 'below' })).status).toBe(201);
    expect((await done(operator.get('/usage', { tenant: 'top' }))).pooled.apiCalls ?? 0).toBe(0);
  });
});

describe('as time passes', () => {
  it('events go, and after them ids; totals, series and quotas stay', async () => {
    await record([{ id: 'old', metric: 'apiCalls', quantity: 4 }]);
    const seen = () =>
      Promise.all([
        done(admin.get('/usage/2024-03')),
        done(admin.get('/usage/2024-03/series')),
        done(admin.get('/usage/2024-03/series?by=hour&metric=apiCalls')),
      ]);
    const [usage, ...series] = await seen();
    await done(operator.put('/clock', { now: '2024-06-15T00:00:00.000Z' }));
    const [later, ...laterSeries] = await seen();
    expect(laterSeries).toEqual(series);
    expect({ ...later, quotas: null }).toEqual({ ...usage, quotas: null });
    const again = await record([{ id: 'old', metric: 'apiCalls', quantity: 4 }]);
    expect(again).toEqual({ accepted: 0, duplicates: 1 });
    const gone = await operator.post(
      '/usage/corrections',
      { id: 'late', corrects: 'old', reason: 'r' },
      { tenant: 'solo' },
    );
    expect(gone.body).toMatchObject({
      code: 'invalid_transition',
      detail: expect.stringContaining('no longer kept'),
    });
    await done(operator.put('/clock', { now: '2024-10-01T00:00:00.000Z' }));
    await done(operator.put('/clock', { now: '2025-03-01T00:00:00.000Z' }));
    const { accepted } = await record([{ id: 'old', metric: 'apiCalls', quantity: 4 }]);
    expect(accepted).toBe(1);
    const [last, ...lastSeries] = await seen();
    expect(lastSeries).toEqual(series);
    expect(last.apiCalls).toBe(usage.apiCalls);
  });
});
