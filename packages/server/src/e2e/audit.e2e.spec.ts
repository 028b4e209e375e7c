import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runningPostgres } from '@landlord/postgres/embedded';
import { ownerQuery } from '@landlord/postgres/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from './api.js';
import { runCommand, ServerProcess, type TestPlace, testPlace } from './server-process.js';

const ITEM = 'TENANT#acme-corp#SUBSCRIPTION#SUB-001';

describe('the audit log, over HTTP and by the command', () => {
  let place: TestPlace;
  let server: ServerProcess;
  let operator: Api;
  let admin: Api;
  let stranger: Api;

  const verify = (...args: string[]) =>
    runCommand('audit-verify', args, { ...place.env, LANDLORD_DATA_DIR: place.path });

  async function execute(sql: string): Promise<void> {
    await ownerQuery(place.env.DATABASE_URL ?? (await runningPostgres(place.path)) ?? '', sql);
  }

  beforeAll(async () => {
    place = await testPlace();
    const clock = { LANDLORD_CLOCK: 'test', LANDLORD_CLOCK_START: '2024-01-10T00:00:00Z' };
    server = await ServerProcess.start({ dataDir: place.path, env: { ...place.env, ...clock } });
    operator = new Api(server.url, await server.token('--role', 'system_admin'));
    admin = new Api(server.url, await server.token('--tenant', 'acme-corp', '--role', 'admin'));
    stranger = new Api(server.url, await server.token('--tenant', 'globex', '--role', 'admin'));
    for (const companySlug of ['acme-corp', 'globex']) {
      await operator.post('/tenants/provision', {
        companySlug,
        companyName: companySlug,
        planCode: 'starter',
      });
    }
    await operator.put('/clock', { now: '2024-01-11T00:00:00Z' });
    await admin.patch('/subscription/auto-renew', { autoRenew: false });
  });
  afterAll(async () => {
    await server?.stop();
    await place?.remove();
  });

  it('numbers the entries of a tenant without a gap, each with its hash', async () => {
    const { body } = await admin.get('/audit?limit=200');
    const sequences = body.items.map(({ sequence }: { sequence: number }) => sequence);
    expect(sequences).toEqual([7, 6, 5, 4, 3, 2, 1]);
    for (const { hash } of body.items) expect(hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('tells what an item was at a time, and what had been done to it by then', async () => {
    const path = (asOf: string) => `/audit?item=${encodeURIComponent(ITEM)}&asOf=${asOf}`;
    const before = await admin.get(path('2024-01-10T12:00:00Z'));
    expect(before.body.items.map(({ version }: { version: number }) => version)).toEqual([1]);
    expect(before.body.state).toMatchObject({ id: ITEM, version: 1, attributes: { autoRenew: true } });
    const after = await admin.get(path('2024-01-11T00:00:00Z'));
    expect(after.body.items.map(({ version }: { version: number }) => version)).toEqual([2, 1]);
    expect(after.body.state).toMatchObject({ version: 2, attributes: { autoRenew: false } });
    const never = await admin.get(path('2024-01-09T00:00:00Z'));
    expect(never.body).toEqual({ items: [], nextCursor: null, state: null });
  });

  it("shows another tenant's item as one that never was", async () => {
    const theirs = await stranger.get(`/audit?item=${encodeURIComponent(ITEM)}&asOf=2024-01-12T00:00:00Z`);
    const nobodys = await stranger.get('/audit?item=TENANT%23globex%23X%231&asOf=2024-01-12T00:00:00Z');
    expect(theirs.body).toEqual({ items: [], nextCursor: null, state: null });
    expect(theirs.body).toEqual(nobodys.body);
    expect(await stranger.get('/audit?item=acme-corp')).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'query.item' }] },
    });
  });

  it('verifies a log in parts', async () => {
    let cursor = '';
    let entries = 0;
    for (;;) {
      const { status, body } = await admin.get(`/audit/verify?limit=1${cursor && `&cursor=${cursor}`}`);
      expect([status, body.verified, body.firstDifference]).toEqual([200, true, null]);
      entries += body.entries;
      expect(body.head).toMatchObject({ sequence: 7 });
      if (body.nextCursor === null) break;
      cursor = body.nextCursor;
    }
    expect(entries).toBe(7);
    expect((await operator.get('/audit/verify', { tenant: 'globex' })).body).toMatchObject({ entries: 6 });
    expect((await operator.get('/audit/verify', { tenant: 'nobody' })).status).toBe(404);
    expect(await admin.get('/audit/verify?cursor=abc')).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'query.cursor' }] },
    });
  });

  it('verifies everything by the command, while the server runs, and notes the heads', async () => {
    const heads = join(place.path, 'heads.json');
    const noted = await verify('--write-heads', heads);
    expect(noted).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('All as it was written: 3 tenants'),
    });
    expect(await verify('--heads', heads, '--tenant', 'acme-corp')).toMatchObject({ code: 0 });
    const written = JSON.parse(await readFile(heads, 'utf8'));
    written.heads['acme-corp'].hash = 'f'.repeat(64);
    await writeFile(heads, JSON.stringify(written));
    const forged = await verify('--heads', heads);
    expect(forged).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('DIFFERS (noted_head) acme-corp, sequence 7'),
    });
    expect((await verify('--tenant', 'nobody')).code).toBe(1);
    expect((await verify('--tenant', 'No')).code).toBe(2);
  });

  it('names the entry that somebody changed behind its back', async () => {
    await execute(
      `update landlord.command set user_id = 'somebody' where tenant_code = 'acme-corp' and sequence = 7`,
    );
    expect((await admin.get('/audit/verify')).body).toMatchObject({
      verified: false,
      nextCursor: null,
      firstDifference: { flaw: 'content', sequence: 7, item: ITEM, version: 2 },
    });
    await server.stop();
    const { code, stdout } = await verify();
    expect([code, stdout]).toEqual([
      1,
      expect.stringContaining(`DIFFERS (content) acme-corp, sequence 7: ${ITEM}`),
    ]);
  });
});
