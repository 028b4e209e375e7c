import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from './api.js';
import { type Batch, CrashLoad } from './crash-load.js';
import { feedGaps, type RecordedChange } from './feed-record.js';
import { ServerProcess, type TestPlace, testPlace } from './server-process.js';

/** How often each of the two is killed. */
const ROUNDS = Number(process.env.LANDLORD_CRASH_ROUNDS ?? 20);
const SCRIPT = fileURLToPath(new URL('./recording-server.js', import.meta.url));
const TENANTS = ['alpha', 'beta', 'gamma'];

describe(`kill -9 under load, ${ROUNDS} times the server and ${ROUNDS} times PostgreSQL`, () => {
  let place: TestPlace;
  let record: string;
  let server: ServerProcess;
  let operator: Api;
  let load: CrashLoad;

  const start = async () => {
    server = await ServerProcess.start({
      dataDir: place.path,
      script: SCRIPT,
      env: { LANDLORD_TEST_FEED_RECORD: record },
    });
    operator = new Api(server.url, await server.token('--role', 'system_admin'));
  };

  beforeAll(async () => {
    place = await testPlace();
    record = join(place.path, 'feed-record.jsonl');
    await start();
    for (const companySlug of TENANTS) {
      const answer = await operator.post('/tenants/provision', {
        companySlug,
        companyName: companySlug,
        planCode: 'enterprise',
      });
      expect(answer.status).toBe(201);
    }
  });
  afterAll(async () => {
    await server?.stop();
    await place?.remove();
  });

  it('comes back every time', async () => {
    load = new CrashLoad(() => operator, TENANTS);
    load.start();
    const restartsMs: number[] = [];
    const recoveriesMs: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      await pause(200 + (round % 5) * 150);
      await server.kill('SIGKILL');
      restartsMs.push(await timed(start));
    }
    for (let round = 0; round < ROUNDS; round += 1) {
      await pause(200 + (round % 5) * 150);
      process.kill(await server.postgresPid(), 'SIGKILL');
      recoveriesMs.push(await timed(() => untilServing(server, operator)));
    }
    await load.stop();
    const acknowledged = load.batches.filter((batch) => batch.acknowledged).length;
    console.info(
      `restarts ${summary(restartsMs)}; recoveries ${summary(recoveriesMs)}; ${acknowledged} of ${load.batches.length} batches acknowledged`,
    );
    expect(acknowledged).toBeGreaterThan(ROUNDS);
    expect(load.unexpected).toEqual([]);
  }, 600_000);

  it('has every acknowledged event, none twice, and no half of a batch', async () => {
    const repeat = async (batch: Batch) => {
      const { status, body } = await operator.post('/usage/events', load.eventsOf(batch), {
        tenant: batch.tenant,
      });
      expect(status).toBe(200);
      return body as { accepted: number; duplicates: number };
    };
    const check = async (batch: Batch) => {
      const { accepted, duplicates } = await repeat(batch);
      expect(accepted + duplicates).toBe(batch.ids.length);
      if (batch.acknowledged) expect([batch.ids[0], accepted]).toEqual([batch.ids[0], 0]);
      expect([0, batch.ids.length]).toContain(accepted);
    };
    for (let first = 0; first < load.batches.length; first += 50) {
      await Promise.all(load.batches.slice(first, first + 50).map(check));
    }
    for (const tenant of TENANTS) {
      const sent = load.batches
        .filter((batch) => batch.tenant === tenant)
        .reduce((sum, { ids }) => sum + ids.length, 0);
      expect((await operator.get('/usage', { tenant })).body.apiCalls).toBe(sent);
    }
  }, 300_000);

  it('has every acknowledged tenant, and each tenant whole', async () => {
    expect(load.provisions.some(({ acknowledged }) => acknowledged)).toBe(true);
    for (const { slug, acknowledged } of load.provisions) {
      const { status } = await operator.get(`/tenants/${slug}`);
      if (acknowledged) expect([slug, status]).toEqual([slug, 200]);
      const audit = await operator.get('/audit', { tenant: slug });
      expect([slug, audit.status, audit.body.items?.length]).toEqual([
        slug,
        status,
        status === 200 ? 6 : undefined,
      ]);
    }
  }, 120_000);

  it('has told every change of every item, in order, and nothing is wedged', async () => {
    const versions = new Map<string, number>();
    let cursor = '';
    do {
      const { body } = await operator.get(`/audit?limit=200${cursor && `&cursor=${cursor}`}`);
      for (const { id, version } of body.items) versions.set(id, Math.max(version, versions.get(id) ?? 0));
      cursor = body.nextCursor ?? '';
    } while (cursor !== '');
    await untilDelivered(operator);
    const lines = (await readFile(record, 'utf8')).trim().split('\n');
    const changes = lines.flatMap((line): RecordedChange[] => {
      try {
        return [JSON.parse(line)];
      } catch {
        return []; // The process was killed while it wrote this line; the change must come again.
      }
    });
    expect(versions.size).toBeGreaterThan(10);
    expect(feedGaps(changes, versions)).toEqual([]);
  }, 120_000);
});

async function untilServing(server: ServerProcess, api: Api): Promise<void> {
  await pause(5);
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    if (server.exitCode !== null) throw new Error(`the server is gone:\n${server.logs.slice(-5_000)}`);
    if ((await api.get('/readyz')).status === 200 && (await api.get('/tenants?limit=1')).status === 200)
      return;
    await pause(20);
  }
  throw new Error('the server does not serve again');
}

async function untilDelivered(api: Api): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    const { body } = await api.get('/metrics');
    if (/^landlord_feed_pending_items 0$/m.test(body)) return;
    await pause(100);
  }
  throw new Error('changes are left undelivered');
}

async function timed(work: () => Promise<void>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function summary(durationsMs: readonly number[]): string {
  const sorted = durationsMs.toSorted((left, right) => left - right);
  const at = (share: number) => Math.round(sorted[Math.floor((sorted.length - 1) * share)] ?? 0);
  return `${at(0.5)} ms in the median, ${at(1)} ms at most`;
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
