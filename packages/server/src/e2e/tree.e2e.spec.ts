import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, Api } from './api.js';
import { ServerProcess, type TestPlace, testPlace } from './server-process.js';

let place: TestPlace;
let servers: ServerProcess[] = [];
let operator: Api;
/** Of several processes where the store is shared, otherwise of the one. */
let operators: Api[];

beforeAll(async () => {
  place = await testPlace();
  const { path: dataDir, env } = place;
  servers = [await ServerProcess.start({ dataDir, env })];
  const [first] = servers;
  if (!first) throw new Error('no server');
  if (env.DATABASE_URL) servers.push(await ServerProcess.start({ dataDir, env }));
  const token = await first.token('--role', 'system_admin');
  operators = servers.map(({ url }) => new Api(url, token));
  operator = new Api(first.url, token);
});

afterAll(async () => {
  for (const server of servers) await server.stop();
  await place.remove();
});

async function inParallel<T>(
  count: number,
  atOnce: number,
  work: (index: number) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  const lane = async () => {
    while (next < count) {
      const index = next++;
      results[index] = await work(index);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return results;
}

async function expectStatus(answer: Promise<Answer>, status: number): Promise<Answer> {
  const got = await answer;
  expect([got.status, got.status === status ? null : got.body]).toEqual([status, null]);
  return got;
}

/** root <- 4 regions <- 20 areas <- 200 leaves, all on the subscription of the root. */
async function growTree(root: string): Promise<string[]> {
  await expectStatus(
    operator.post('/tenants/provision', { companySlug: root, companyName: 'Root', planCode: 'starter' }),
    201,
  );
  const below = (parents: string[], count: number, level: string) =>
    inParallel(count, 16, async (index) => {
      const parentCode = parents[index % parents.length] ?? root;
      const code = `${root}-${level}${index}`;
      await expectStatus(operator.post('/tenants', { code, name: `${level} ${index}`, parentCode }), 201);
      return code;
    });
  const regions = await below([root], 4, 'region');
  const areas = await below(regions, 20, 'area');
  return below(areas, 200, 'leaf');
}

describe('a tree of four levels', () => {
  const limit = 10_000;
  const left = 300;
  let leaves: string[] = [];

  beforeAll(async () => {
    leaves = await growTree('oak');
  });

  it('admits exactly what the root has left, however its 200 leaves ask at once', async () => {
    const used = [{ id: 'before', metric: 'apiCalls', quantity: limit - left }];
    await expectStatus(operator.post('/usage/events', used, { tenant: 'oak' }), 200);
    const asked = await inParallel(1_000, 64, async (index) => {
      const tenant = leaves[index % leaves.length] ?? '';
      const api = operators[index % operators.length] ?? operator;
      const answer = await api.post('/usage/consume', { id: `c${index}`, metric: 'apiCalls' }, { tenant });
      return { tenant, answer };
    });
    const admitted = asked.filter(({ answer }) => answer.status === 200);
    const refused = asked.filter(({ answer }) => answer.status === 403);
    expect([admitted.length, refused.length]).toEqual([left, 1_000 - left]);
    expect(refused[0]?.answer.body).toMatchObject({ code: 'quota_exceeded', isExceeded: true });

    const root = await operator.get('/usage', { tenant: 'oak' });
    expect(root.body).toMatchObject({ apiCalls: limit - left, pooled: { apiCalls: left } });
    expect(root.body.quotas[0]).toMatchObject({ current: limit, limit, isExceeded: true });
    const own = await inParallel(leaves.length, 16, async (index) => {
      const answer = await operator.get('/usage', { tenant: leaves[index] ?? '' });
      return Number(answer.body.apiCalls);
    });
    expect(own.reduce((sum, calls) => sum + calls, 0)).toBe(left);
    const lines = (await operator.get('/usage/children?limit=3', { tenant: 'oak' })).body;
    const rest = await operator.get(`/usage/children?limit=3&cursor=${lines.nextCursor}`, { tenant: 'oak' });
    const calls = [...lines.items, ...rest.body.items].map((line) => Number(line.apiCalls));
    expect([calls.length, calls.reduce((sum, each) => sum + each, 0)]).toEqual([4, left]);
  });

  it('holds an own cap and that of a tenant between, and gives back what a gauge releases', async () => {
    const [leaf = ''] = leaves;
    const { ancestors } = (await operator.get(`/tenants/${leaf}`)).body as { ancestors: string[] };
    const area = ancestors.at(-1) ?? '';
    await expectStatus(operator.patch(`/tenants/${area}`, { caps: { storageUsedGb: 5 } }), 200);
    await expectStatus(operator.patch(`/tenants/${leaf}`, { caps: { storageUsedGb: '2.5' } }), 200);
    const store = (tenant: string, id: string, quantity: number) =>
      operator.post('/usage/consume', { id, metric: 'storageUsedGb', quantity }, { tenant });
    expect((await store(leaf, 's1', 2.6)).body).toMatchObject({ current: 0, limit: 2.5 });
    expect((await store(leaf, 's2', 2.5)).body).toMatchObject({ admitted: true, current: 2.5, limit: 2.5 });
    expect((await store(area, 's3', 2.6)).status).toBe(403);
    expect((await store(area, 's4', 2.5)).body).toMatchObject({ admitted: true, current: 5, limit: 5 });
    await expectStatus(store(leaf, 's5', -1), 200);
    expect((await store(area, 's6', 1)).body).toMatchObject({ admitted: true, current: 5 });
    await expectStatus(operator.patch(`/tenants/${area}`, { caps: { storageUsedGb: null } }), 200);
    expect((await store(area, 's7', 1)).body).toMatchObject({ admitted: true, current: 6, limit: 10 });
  });

  it('refuses a whole branch at once when the root is suspended, and lets it go on afterwards', async () => {
    const [leaf = ''] = leaves;
    const [server] = servers;
    const token = await server?.token('--tenant', leaf, '--role', 'member');
    const member = new Api(server?.url ?? '', token);
    await expectStatus(member.get('/usage'), 200);
    await expectStatus(operator.post('/tenants/oak/suspend', { reason: 'unpaid' }), 200);
    await expectStatus(member.get('/usage'), 403);
    await expectStatus(
      operator.post('/usage/consume', { id: 'x', metric: 'projectCount' }, { tenant: leaf }),
      403,
    );
    await expectStatus(operator.post('/tenants/oak/resume', undefined), 200);
    await expectStatus(member.get('/usage'), 200);
  });
});
