import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startEmbeddedPostgres } from '@landlord/postgres/embedded';
import { createTestDatabase } from '@landlord/postgres/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from './api.js';
import { booksOf, type Findings, findingsOf, NOTHING_WRONG } from './quota-books.js';
import { type Asked, askedFor, QuotaLoad } from './quota-load.js';
import { ServerProcess, type TestPlace, testPlace } from './server-process.js';

/** Of each kind in turn; `LANDLORD_QUOTA_ROUNDS=100` for a long run. */
const ROUNDS = Number(process.env.LANDLORD_QUOTA_ROUNDS ?? 10);
const KINDS = ['plain', 'top-ups', 'edge of a month', 'duplicates', 'a process killed'] as const;
type Kind = (typeof KINDS)[number];

const SCRIPT = fileURLToPath(new URL('./drifting-server.js', import.meta.url));
const PROCESSES = 4;
const LIMIT = 1_000;
const TOPPED_UP = [1_250, 1_500];
const REQUESTS = 5_000;
/** Prime, so that the ids of each go round all processes. */
const DISTINCT = 1_667;
const ROUND_LIMIT_MS = 180_000;
const EDGE_AFTER_MS = 400;

describe(`a limit of ${LIMIT} and ${REQUESTS} requests in ${PROCESSES} processes, ${ROUNDS} rounds`, () => {
  let place: TestPlace;
  let clockFile = '';
  let databaseUrl = '';
  let stopDatabase = async () => {};
  const servers: (ServerProcess | null)[] = Array.from({ length: PROCESSES }, () => null);
  let token = '';
  let operator: Api;

  const start = async (index: number) => {
    const env = { DATABASE_URL: databaseUrl, LANDLORD_TEST_CLOCK_FILE: clockFile };
    servers[index] = await ServerProcess.start({ dataDir: place.path, script: SCRIPT, env });
  };
  /** A month for each round, forward only. */
  const setClock = async (round: number, beforeEdgeMs: number) => {
    const instantMs = Date.UTC(2024, round + 1, 1) - beforeEdgeMs;
    await writeFile(clockFile, JSON.stringify({ instantMs, setAtMs: Date.now() }));
  };

  beforeAll(async () => {
    place = await testPlace();
    clockFile = join(place.path, 'clock.json');
    await setClock(0, 20 * DAY_MS);
    const given = process.env.LANDLORD_TEST_DATABASE_URL;
    const server = given === undefined ? await startEmbeddedPostgres({ dataDir: place.path }) : null;
    const database = await createTestDatabase(server?.connectionString ?? given ?? '');
    databaseUrl = database.url;
    stopDatabase = async () => {
      await database.drop();
      await server?.stop();
    };
    await start(0);
    await Promise.all([1, 2, 3].map(start));
    token = (await servers[0]?.token('--role', 'system_admin')) ?? '';
    operator = new Api(servers[0]?.url ?? '', token);
    for (const limit of [LIMIT, ...TOPPED_UP])
      expect((await operator.post('/plans', planOf(limit))).status).toBe(201);
  }, 120_000);
  afterAll(async () => {
    await Promise.all(servers.map((server) => server?.stop()));
    await stopDatabase();
    await place?.remove();
  });

  const topUp = async (tenant: string, load: QuotaLoad) => {
    for (const [index, limit] of TOPPED_UP.entries()) {
      await until(() => load.admitted >= 300 * (index + 1));
      const body = { planCode: `limit-${limit}`, when: 'now' };
      expect((await operator.patch('/subscription/plan', body, { tenant })).status).toBe(200);
    }
  };
  const killOne = async (load: QuotaLoad) => {
    await until(() => load.admitted >= 300);
    const index = PROCESSES - 1;
    const server = servers[index];
    servers[index] = null;
    await server?.kill('SIGKILL');
    await start(index);
  };

  async function play(round: number, kind: Kind): Promise<Findings & { readonly missing: number }> {
    const tenant = `round-${round}`;
    await setClock(round, kind === 'edge of a month' ? DAY_MS : 20 * DAY_MS);
    const body = { companySlug: tenant, companyName: tenant, planCode: `limit-${LIMIT}` };
    await untilProvisioned(operator, body);
    const requests = requestsOf(round, kind);
    const load = new QuotaLoad(() => servers.map((server) => server?.url ?? null), { token, tenant });
    if (kind === 'edge of a month') await setClock(round, EDGE_AFTER_MS);
    const disturbances = {
      'top-ups': () => topUp(tenant, load),
      'a process killed': () => killOne(load),
    } as Partial<Record<Kind, () => Promise<void>>>;
    await Promise.all([load.run(requests), disturbances[kind]?.()]);
    const limit = kind === 'top-ups' ? (TOPPED_UP.at(-1) ?? LIMIT) : LIMIT;
    const books = await booksOf(operator, tenant);
    const found = findingsOf(requests, books, limit);
    const months = [...books.events.keys()];
    expect([kind, await alertsOf(operator, tenant, months)]).toEqual([
      kind,
      expectedAlerts(books.counters, LIMIT),
    ]);
    const stored = [...books.events.values()].flat().length;
    return { ...found, missing: kind === 'edge of a month' ? 0 : limit - stored };
  }

  const rounds = Array.from({ length: ROUNDS }, (_each, round) => ({
    round,
    kind: KINDS[round % KINDS.length] ?? 'plain',
  }));

  it.each(rounds)(
    'admits exactly what is left, loses nothing, doubles nothing: round $round, $kind',
    async ({ round, kind }) => {
      expect(await play(round, kind)).toEqual({ ...NOTHING_WRONG, missing: 0 });
    },
    ROUND_LIMIT_MS,
  );
});

const DAY_MS = 24 * 60 * 60 * 1000;

function planOf(limit: number) {
  return {
    code: `limit-${limit}`,
    displayName: `Up to ${limit}`,
    monthlyPrice: limit,
    yearlyPrice: limit * 10,
    currency: 'USD',
    limits: { maxUsers: null, maxApiCalls: limit, maxStorageGb: null, maxProjects: null },
  };
}

/** Duplicates go to different processes, and to the same. */
function requestsOf(round: number, kind: Kind): Asked[] {
  const name = (index: number) => `r${round}-${index}`;
  const distinct = kind === 'duplicates' ? DISTINCT : REQUESTS;
  const ids = Array.from({ length: REQUESTS }, (_each, index) => name((index * 7) % distinct));
  return askedFor(ids, PROCESSES);
}

async function untilProvisioned(operator: Api, body: object): Promise<void> {
  const { status } = await operator.post('/tenants/provision', body);
  expect(status).toBe(201);
}

async function alertsOf(operator: Api, tenant: string, months: readonly string[]): Promise<string[]> {
  const wanted = () => operator.get('/usage/alerts?limit=200', { tenant });
  await until(async () => /^landlord_feed_pending_items 0$/m.test((await operator.get('/metrics')).body));
  const { items } = (await wanted()).body as { items: { id: string; period: string }[] };
  return items
    .filter(({ period }) => months.includes(period))
    .map(({ id }) => id)
    .sort();
}

/** Against the limit that the tenant had first: a month that reached it has both. */
function expectedAlerts(counters: ReadonlyMap<string, number>, limit: number): string[] {
  const percents = (used: number) => [80, 100].filter((percent) => used * 100 >= limit * percent);
  return [...counters]
    .flatMap(([month, used]) => percents(used).map((each) => `${month}.apiCalls.${each}`))
    .sort();
}

async function until(isDone: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await isDone())) {
    if (Date.now() > deadline) throw new Error('it does not come to that');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
