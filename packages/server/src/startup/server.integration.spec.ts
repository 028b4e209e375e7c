import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase, type TestDatabase } from '@landlord/postgres/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { signLocalToken } from '../authentication/local-issuer.js';
import { loadSigningKey } from '../authentication/signing-key.js';
import { readConfig, type ServerConfig } from '../config.js';
import { recordingLogger } from '../testing/test-server.js';
import { type RunningServer, startServer } from './start-server.js';

declare module 'vitest' {
  interface ProvidedContext {
    databaseUrl: string;
  }
}

const CLAIM_NAMES = { tenant: 'custom:tenant', roles: 'custom:roles' };

let database: TestDatabase;
let dataDir = '';
let config: ServerConfig;
let server: RunningServer;
let operator = '';

beforeAll(async () => {
  database = await createTestDatabase(inject('databaseUrl'));
  dataDir = await mkdtemp(join(tmpdir(), 'landlord-server-'));
  config = readConfig({
    PORT: '0',
    LANDLORD_DATA_DIR: dataDir,
    DATABASE_URL: database.url,
    LANDLORD_CLOCK: 'test',
  });
  server = await startServer(config, { logger: recordingLogger().logger });
  const grant = { userId: 'operator', tenantCode: null, roles: ['system_admin'] as const, ttlSeconds: 600 };
  operator = await signLocalToken(await loadSigningKey(dataDir), grant, CLAIM_NAMES);
});
afterAll(async () => {
  await server.stop();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

function call(path: string, init: RequestInit = {}) {
  const headers = {
    authorization: `Bearer ${operator}`,
    'content-type': 'application/json',
    ...init.headers,
  };
  return fetch(`${server.url}${path}`, { ...init, headers });
}

function provision(companySlug: string, key: string) {
  const body = JSON.stringify({ companySlug, companyName: 'Acme', planCode: 'starter' });
  return call('/tenants/provision', { method: 'POST', body, headers: { 'idempotency-key': key } });
}

describe('the server over PostgreSQL', () => {
  it('is ready, and has seeded the plans', async () => {
    expect((await call('/readyz')).status).toBe(200);
    const { items } = (await (await call('/plans')).json()) as { items: { code: string }[] };
    expect(items.map(({ code }) => code).sort()).toEqual(['enterprise', 'professional', 'starter']);
  });

  it('carries a request out once, however many duplicates run at the same time', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => provision('acme', 'once')));
    expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(201));
    const bodies = await Promise.all(answers.map((answer) => answer.json()));
    for (const body of bodies) expect(body).toEqual(bodies[0]);
    expect((await provision('acme', 'again')).status).toBe(409);
    expect((await provision('other', 'once')).status).toBe(422);
  });

  it('documents every operation of every capability', async () => {
    const { paths } = (await (await call('/openapi.json')).json()) as { paths: Record<string, object> };
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining([
        '/tenants/provision',
        '/subscription',
        '/usage/events',
        '/plans',
        '/audit',
        '/clock',
        '/healthz',
      ]),
    );
  });

  it('goes on where it was after a restart', async () => {
    const now = '2200-01-01T00:00:00.000Z';
    expect((await call('/clock', { method: 'PUT', body: JSON.stringify({ now }) })).status).toBe(200);
    await server.stop();
    server = await startServer(config, { logger: recordingLogger().logger });
    expect(await (await call('/clock')).json()).toEqual({ now });
    expect((await provision('acme', 'once')).headers.get('idempotency-replayed')).toBe('true');
  });
});
