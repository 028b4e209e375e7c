import { createHash } from 'node:crypto';
import { runningPostgres } from '@landlord/postgres/embedded';
import { everyRow, ownerQuery } from '@landlord/postgres/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from './api.js';
import { forgedExport } from './forged-export.js';
import { FURNISHED_TYPES, furnishTenants, typesIn } from './furnished-tenant.js';
import { runCommand, ServerProcess, type TestPlace, testPlace } from './server-process.js';

const NDJSON = { 'content-type': 'application/x-ndjson' };
const PERSONS = [
  'ada@acme.example',
  'grace@acme.example',
  'Ada Lovelace',
  'Grace Hopper',
  'usr-007',
  'employee-99',
];

/** A server of its own, with an operator. */
class Place {
  private constructor(
    readonly place: TestPlace,
    readonly server: ServerProcess,
    readonly operator: Api,
  ) {}

  static async open(): Promise<Place> {
    const place = await testPlace();
    const clock = { LANDLORD_CLOCK: 'test', LANDLORD_CLOCK_START: '2024-01-10T00:00:00Z' };
    const server = await ServerProcess.start({ dataDir: place.path, env: { ...place.env, ...clock } });
    return new Place(place, server, new Api(server.url, await server.token('--role', 'system_admin')));
  }

  async databaseUrl(): Promise<string> {
    return this.place.env.DATABASE_URL ?? (await runningPostgres(this.place.path)) ?? '';
  }

  async close(): Promise<void> {
    await this.server.stop();
    await this.place.remove();
  }
}

/** Leaves something of a person in every corner. */
async function live({ server, operator }: Place, tenant: string): Promise<Api> {
  const companyName = 'Acme Corporation';
  const adminEmail = 'ada@acme.example';
  await operator.post('/tenants/provision', {
    companySlug: tenant,
    companyName,
    planCode: 'starter',
    adminEmail,
  });
  const admin = new Api(
    server.url,
    await server.token('--tenant', tenant, '--role', 'admin', '--user', 'employee-99'),
  );
  await admin.patch(
    '/subscription/auto-renew',
    { autoRenew: false },
    { headers: { 'idempotency-key': 'k1' } },
  );
  const events = Array.from({ length: 30 }, (_, index) => ({
    id: `e${index}`,
    metric: 'apiCalls',
    quantity: '1.000000001',
    properties: { by: 'grace@acme.example' },
  }));
  await admin.post('/usage/events', events, { headers: { 'idempotency-key': 'k2' } });
  return admin;
}

/** What is said, what is forged instead, and what the answer names. */
const FORGERIES: readonly (readonly [string, string, string])[] = [
  ['"roles":["admin"]', '"roles":["admin","system_admin"]', 'roles'],
  ['"seats":1', '"seats":1000000000', 'seats'],
  ['"seats":1', '"seats":0', 'less seats'],
  ['"admins":1', '"admins":2', 'other members'],
  ['"type":"ROSTER"', '"type":"BOSS"', 'the type "BOSS"'],
  ['"sk":"USER#usr-001"', '"sk":"USER#usr-002"', 'belongs'],
  ['"sk":"MASTER"', '"sk":"OTHER"', 'belongs'],
  ['"status":"active","timezone"', '"status":"erased","timezone"', 'not sealed'],
  ['"startDate":"', '"startDate":"x', 'startDate'],
  ['"ancestors":[]', '"ancestors":["acme-corp"]', 'parentCode'],
  ['"parentCode":null', '"parentCode":"acme-corp"', 'parentCode'],
  ['"ancestors":[],"attributes"', '"ancestors":["initech"],"attributes"', 'below itself'],
];

async function closeTenant(place: Place, tenant: string): Promise<void> {
  // The way to close a tenant is another capability's; here its state is set in item and log alike.
  const url = await place.databaseUrl();
  const patch = `'{"status": "closed"}'::jsonb`;
  await ownerQuery(
    url,
    `update landlord.item set attributes = attributes || ${patch} where pk = $1 and sk = 'MASTER'`,
    [`TENANT#${tenant}`],
  );
}

const VISITORS = { code: 'visitors', displayName: 'Visitors', aggregation: 'unique', uniqueProperty: 'user' };

describe('export, import and erasure, over HTTP', () => {
  let home: Place;
  let abroad: Place;
  let admin: Api;
  let file: string;

  beforeAll(async () => {
    [home, abroad] = await Promise.all([Place.open(), Place.open()]);
    admin = await live(home, 'acme-corp');
    await live(home, 'globex');
    file = (await admin.get('/tenants/acme-corp/export')).body;
  });
  afterAll(() => Promise.all([home?.close(), abroad?.close()]));

  it('exports lines with a footer that covers them, the same bytes twice', async () => {
    const lines = file.split('\n');
    expect(lines.pop()).toBe('');
    const footer = JSON.parse(lines.pop() ?? '');
    const head = lines.map((line) => `${line}\n`).join('');
    expect(footer.sha256).toBe(createHash('sha256').update(head).digest('hex'));
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      kind: 'tenant-export',
      format: 2,
      tenantCode: 'acme-corp',
    });
    expect(footer.counts).toMatchObject({ items: 6, commands: 8, removed: 0, events: 30 });
    const again = await home.operator.get('/tenants/acme-corp/export');
    expect(again.headers.get('content-type')).toBe('application/x-ndjson');
    expect(again.body).toBe(file);
  });

  it('exports no tenant to another', async () => {
    const stranger = await admin.get('/tenants/globex/export');
    const nobody = await admin.get('/tenants/nobody/export');
    expect([stranger.status, nobody.status]).toEqual([404, 404]);
    expect({ ...stranger.body, requestId: '' }).toEqual({ ...nobody.body, requestId: '' });
  });

  it('imports into another server, once, and exports the same bytes from there', async () => {
    const imported = await abroad.operator.post('/tenants/import', undefined, { raw: file, headers: NDJSON });
    expect(imported).toMatchObject({
      status: 201,
      body: { tenantCode: 'acme-corp', counts: { events: 30 } },
    });
    expect((await abroad.operator.get('/tenants/acme-corp/export')).body).toBe(file);
    const again = await abroad.operator.post('/tenants/import', undefined, { raw: file, headers: NDJSON });
    expect(again).toMatchObject({ status: 409, body: { code: 'already_exists' } });
    const usage = await abroad.operator.get('/usage', { tenant: 'acme-corp' });
    expect(usage.body).toMatchObject({ apiCalls: 30.00000003 });
    const verification = await abroad.operator.get('/audit/verify', { tenant: 'acme-corp' });
    expect(verification.body).toMatchObject({ verified: true, entries: 8, head: { sequence: 8 } });
    const going = await abroad.operator.patch(
      '/subscription/auto-renew',
      { autoRenew: true },
      { tenant: 'acme-corp' },
    );
    expect(going).toMatchObject({ status: 200, body: { version: 3 } });
  });

  it('takes nothing but such a file, and only from an operator', async () => {
    expect((await admin.post('/tenants/import', undefined, { raw: file, headers: NDJSON })).status).toBe(403);
    expect((await home.operator.post('/tenants/import', { a: 1 })).status).toBe(415);
    const elsewhere = await home.operator.post('/tenants/provision', undefined, {
      raw: file,
      headers: NDJSON,
    });
    expect(elsewhere).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } });
  });

  it('takes a file over only when this system could have made it, however well its chain is made', async () => {
    const provisioned = { companySlug: 'initech', companyName: 'Initech', planCode: 'starter' };
    await home.operator.post('/tenants/provision', { ...provisioned, adminEmail: 'a@initech.example' });
    const whole = (await home.operator.get('/tenants/initech/export')).body;
    const take = (from: string, to: string) =>
      abroad.operator.post('/tenants/import', undefined, {
        raw: forgedExport(whole, from, to),
        headers: NDJSON,
      });
    for (const [from, to, detail] of FORGERIES) {
      const refused = await take(from, to);
      expect(refused, to).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
      expect(refused.body.detail).toContain(detail);
    }
    expect((await abroad.operator.get('/tenants/initech')).status).toBe(404);
    expect((await take('"Initech"', '"Initrode"')).status).toBe(201);
    expect((await abroad.operator.get('/tenants/initech')).body.name).toBe('Initrode');
  });

  it('takes over all that a tenant and its child can have, from the root down', async () => {
    await furnishTenants(home);
    const visit = (id: string) => [{ id, metric: 'visitors', properties: { user: 'ada' } }];
    const at = { tenant: 'hooli' };
    expect((await home.operator.post('/meters', VISITORS)).status).toBe(201);
    expect((await home.operator.post('/usage/events', visit('v1'), at)).status).toBe(200);
    const [above, below] = await Promise.all(
      ['hooli', 'hooli--east'].map(async (code) => (await home.operator.get(`/tenants/${code}/export`)).body),
    );
    expect(typesIn(above)).toEqual(FURNISHED_TYPES);
    const take = (raw: string) =>
      abroad.operator.post('/tenants/import', undefined, { raw, headers: NDJSON });
    expect((await take(below)).body.detail).toContain('import that first');
    expect((await take(above)).body.detail).toContain('counts the meter "visitors", which is not here');
    await abroad.operator.post('/meters', VISITORS);
    for (const file of [above, below]) expect((await take(file)).body).toMatchObject({ counts: {} });
    const { body } = await abroad.operator.get('/tenants/hooli/children');
    expect(body.items).toMatchObject([{ code: 'hooli--east', parentCode: 'hooli' }]);
    expect((await abroad.operator.get('/tenants/hooli/export')).body).toBe(above);
    // Who was seen at home is known here.
    expect((await abroad.operator.post('/usage/events', visit('v2'), at)).body.accepted).toBe(1);
    expect((await abroad.operator.get('/usage', at)).body.meters).toEqual({ visitors: 1 });
  });

  it('answers a caller who is still sending', async () => {
    const raw = `{"kind":"nonsense"}\n${'x'.repeat(8 * 1024 * 1024)}`;
    const refused = await home.operator.post('/tenants/import', undefined, { raw, headers: NDJSON });
    expect(refused).toMatchObject({ status: 400, body: { errors: [{ path: 'line 1' }] } });
    expect((await home.operator.get('/healthz')).status).toBe(200);
  });

  it('erases the persons of a closed tenant and of no other, once', async () => {
    const erase = (confirm: string) =>
      home.operator.post('/tenants/acme-corp/erase', { confirm, reason: 'asked for' });
    expect(await erase('acme')).toMatchObject({ status: 400, body: { errors: [{ path: 'confirm' }] } });
    expect(await erase('acme-corp')).toMatchObject({ status: 409, body: { code: 'invalid_transition' } });
    expect((await home.operator.get('/tenants/acme-corp/erasure')).status).toBe(404);
    await closeTenant(home, 'acme-corp');
    const { status, body } = await erase('acme-corp');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      by: 'operator',
      reason: 'asked for',
      items: { erased: { USER: 1 }, kept: { SUBSCRIPTION: 1, TENANT: 1, USAGE: 1 } },
      rows: { usageEvents: 30 },
    });
    const again = await erase('acme-corp');
    expect([again.status, again.body]).toEqual([200, body]);
    expect((await home.operator.get('/tenants/acme-corp/erasure')).body).toEqual(body);
    const keyed = (reason: string) =>
      home.operator.post(
        '/tenants/acme-corp/erase',
        { confirm: 'acme-corp', reason },
        { headers: { 'idempotency-key': 'erase-1' } },
      );
    for (const replayed of [null, 'true']) {
      const answer = await keyed('asked for');
      expect([answer.status, answer.body, answer.headers.get('idempotency-replayed')]).toEqual([
        200,
        body,
        replayed,
      ]);
    }
    expect(await keyed('another')).toMatchObject({ status: 422, body: { code: 'idempotency_mismatch' } });
    expect((await home.operator.get('/tenants/globex/erasure')).status).toBe(404);
  });

  it('leaves no person in the database, and the accounts in it', async () => {
    const rows = (await everyRow(await home.databaseUrl()))
      .split('\n')
      .filter((row) => row.includes('acme-corp'));
    const text = rows.join('\n').toLowerCase();
    for (const person of PERSONS) expect(text).not.toContain(person.toLowerCase());
    expect((await home.operator.get('/usage', { tenant: 'acme-corp' })).body).toMatchObject({
      apiCalls: 30.00000003,
    });
    expect((await home.operator.get('/tenants/acme-corp')).body).toMatchObject({
      name: 'Acme Corporation',
      status: 'erased',
    });
    expect(await everyRow(await home.databaseUrl())).toContain('grace@acme.example');
  });

  it('verifies what is left, and changes nothing of it any more', async () => {
    const verification = await home.operator.get('/audit/verify', { tenant: 'acme-corp' });
    expect(verification.body).toMatchObject({ verified: true, firstDifference: null });
    const late = await admin.patch('/subscription/auto-renew', { autoRenew: true });
    expect(late.status).toBeGreaterThanOrEqual(400);
    const env = { ...home.place.env, LANDLORD_DATA_DIR: home.place.path };
    expect(await runCommand('audit-verify', ['--tenant', 'acme-corp'], env)).toMatchObject({ code: 0 });
  });

  it('exports and imports what is left', async () => {
    for (const code of ['hooli--east', 'hooli']) {
      const closed = await home.operator.post(`/tenants/${code}/close`, undefined);
      expect(closed.body.status).toBe('closed');
    }
    expect((await home.operator.post('/tenants/hooli/erase', { confirm: 'hooli' })).status).toBe(200);
    const third = await Place.open();
    try {
      await third.operator.post('/meters', VISITORS);
      for (const code of ['acme-corp', 'hooli']) {
        const raw = (await home.operator.get(`/tenants/${code}/export`)).body;
        const imported = await third.operator.post('/tenants/import', undefined, { raw, headers: NDJSON });
        expect(imported.body).toMatchObject({ tenantCode: code });
        expect((await third.operator.get(`/tenants/${code}/export`)).body).toBe(raw);
      }
    } finally {
      await third.close();
    }
  });
});
