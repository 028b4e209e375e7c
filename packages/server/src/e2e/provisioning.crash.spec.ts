import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from './api.js';
import { type Order, ordersOf, provisionAll, send } from './provisioning-load.js';
import { ServerProcess, type TestPlace, testPlace } from './server-process.js';

const TENANTS = Number(process.env.LANDLORD_CRASH_TENANTS ?? 1_000);
const KILLS = 6;
const PARTS = ['MASTER', 'SUBSCRIPTION#SUB-001', 'USAGE', 'USER#usr-001'];
/** Provisioned in peace: what a whole tenant is. */
const MODEL: Order = { slug: 'model', key: 'order-model', copies: 1, answers: [] };

describe(`${TENANTS} tenants, half of them ordered twice, while the server is killed ${KILLS} times`, () => {
  const orders = ordersOf(TENANTS);
  const killedAt: number[] = [];
  let place: TestPlace;
  let server: ServerProcess;
  let operator: Api;

  const start = async () => {
    server = await ServerProcess.start({ dataDir: place.path, env: place.env });
    operator = new Api(server.url, await server.token('--role', 'system_admin'));
  };
  const answered = () => orders.reduce((sum, { answers }) => sum + answers.length, 0);

  beforeAll(async () => {
    place = await testPlace();
    await start();
    expect((await send(operator, MODEL)).status).toBe(201);
  });
  afterAll(async () => {
    await server?.stop();
    await place?.remove();
  });

  it('answers every order in the end', async () => {
    const all = orders.reduce((sum, { copies }) => sum + copies, 0);
    let isDone = false;
    const load = provisionAll(orders, () => operator).finally(() => {
      isDone = true;
    });
    const killer = async () => {
      for (let kill = 1; kill <= KILLS; kill += 1) {
        await until(() => isDone || answered() >= (all * kill) / (KILLS + 1));
        if (isDone) return;
        killedAt.push(answered());
        await server.kill('SIGKILL');
        await start();
      }
    };
    await Promise.all([load, killer()]);
    console.info(`killed after ${killedAt.join(', ')} of ${all} answers`);
    expect(killedAt).toHaveLength(KILLS);
    expect(answered()).toBe(all);
    const refused = orders.filter(
      (order) => !order.answers.every((answer) => isAccepted(order, answer.status)),
    );
    expect(
      refused.map(({ slug, answers }) => [slug, answers.map(({ status, body }) => [status, body])]),
    ).toEqual([]);
  }, 180_000);

  it('gives every repetition of a key the same answer, then and later', async () => {
    const keyed = orders.filter(({ key }) => key !== null);
    expect(keyed.filter(({ copies }) => copies === 2)).toHaveLength(TENANTS / 2);
    await inBatches(keyed, async (order) => {
      const late = await send(operator, order);
      expect([order.slug, late.headers.get('idempotency-replayed')]).toEqual([order.slug, 'true']);
      const distinct = new Set(
        [...order.answers, late].map(({ status, body }) => `${status} ${JSON.stringify(body)}`),
      );
      expect([order.slug, distinct.size]).toEqual([order.slug, 1]);
    });
  }, 60_000);

  it('lists exactly these tenants', async () => {
    const listed = await everyItem(operator, '/tenants?limit=200');
    expect(listed.map(({ code }) => code)).toEqual([MODEL, ...orders].map(({ slug }) => slug).toSorted());
  }, 60_000);

  it('has written each part of each tenant once', async () => {
    const entries = await everyItem(operator, '/audit?limit=200');
    const names = entries.map(({ id, version }) => `${id} ${version}`);
    expect(new Set(names).size).toBe(names.length);
    const parts = firstParts(entries);
    const whole = parts.get(MODEL.slug);
    expect(whole).toEqual(expect.arrayContaining(PARTS));
    expect([...parts.keys()].toSorted()).toEqual([MODEL, ...orders].map(({ slug }) => slug).toSorted());
    for (const [slug, found] of parts) expect([slug, found]).toEqual([slug, whole]);
  }, 60_000);

  it('has every tenant whole', async () => {
    await inBatches(orders, async ({ slug }) => {
      const [tenant, subscription, usage] = await Promise.all([
        operator.get(`/tenants/${slug}`),
        operator.get('/subscription', { tenant: slug }),
        operator.get('/usage', { tenant: slug }),
      ]);
      expect(tenant.body).toMatchObject({ code: slug, status: 'active', version: 1 });
      expect(subscription.body).toMatchObject({ code: 'SUB-001', status: 'trial', version: 1 });
      expect(usage.body).toMatchObject({ apiCalls: 0, activeUsers: 1 });
    });
  }, 120_000);
});

/** The items that each tenant began with, from the audit trail; a period of usage without its month. */
function firstParts(entries: readonly Record<string, unknown>[]): Map<string, string[]> {
  const parts = new Map<string, string[]>();
  for (const { id, version } of entries) {
    const [prefix, slug = '', ...rest] = String(id).split('#');
    if (prefix !== 'TENANT' || version !== 1) continue;
    const part = rest[0] === 'USAGE' ? 'USAGE' : rest.join('#');
    parts.set(slug, [...(parts.get(slug) ?? []), part].sort());
  }
  return parts;
}

/** Without a key, a repetition after a lost answer finds the tenant there. */
function isAccepted({ key }: Order, status: number): boolean {
  return status === 201 || (key === null && status === 409);
}

async function everyItem(api: Api, path: string): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  let cursor = '';
  do {
    const { status, body } = await api.get(`${path}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    expect(status).toBe(200);
    items.push(...body.items);
    cursor = body.nextCursor ?? '';
  } while (cursor !== '');
  return items;
}

async function inBatches<T>(values: readonly T[], work: (value: T) => Promise<void>): Promise<void> {
  for (let first = 0; first < values.length; first += 25)
    await Promise.all(values.slice(first, first + 25).map(work));
}

async function until(isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + 150_000;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error('it does not come to that');
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
