import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Role } from '@landlord/kernel';
import { createTestDatabase, type TestDatabase } from '@landlord/postgres/testing';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { signLocalToken } from '../authentication/local-issuer.js';
import { loadSigningKey } from '../authentication/signing-key.js';
import { readConfig } from '../config.js';
import { FakeOidc } from '../testing/fake-oidc.js';
import { recordingLogger } from '../testing/test-server.js';
import { type RunningServer, startServer } from './start-server.js';

const CLAIM_NAMES = { tenant: 'custom:tenant', roles: 'custom:roles' };

interface Node {
  readonly server: RunningServer;
  readonly dataDir: string;
}

describe('sessions over two servers with folders of their own, one of them with OpenID Connect', () => {
  let database: TestDatabase;
  let oidc: FakeOidc;
  let local: Node;
  let connected: Node;

  beforeAll(async () => {
    database = await createTestDatabase(inject('databaseUrl'));
    oidc = await FakeOidc.start();
    local = await startNode({});
    connected = await startNode({ OIDC_ISSUER: oidc.issuer, OIDC_AUDIENCE: 'landlord-api' });
  });
  afterAll(async () => {
    for (const node of [local, connected]) {
      await node?.server.stop();
      if (node) await rm(node.dataDir, { recursive: true, force: true });
    }
    await oidc?.stop();
    await database?.drop();
  });

  async function startNode(env: Record<string, string>): Promise<Node> {
    const dataDir = await mkdtemp(join(tmpdir(), 'landlord-node-'));
    const settings = { PORT: '0', LANDLORD_DATA_DIR: dataDir, DATABASE_URL: database.url, ...env };
    const server = await startServer(readConfig(settings), { logger: recordingLogger().logger });
    return { server, dataDir };
  }

  async function localToken(roles: readonly Role[], tenantCode: string | null): Promise<string> {
    const grant = { userId: 'usr-001', tenantCode, roles, ttlSeconds: 600 };
    return signLocalToken(await loadSigningKey(local.dataDir), grant, CLAIM_NAMES);
  }

  async function call(node: Node, path: string, { token, json }: { token: string; json?: object }) {
    const response = await fetch(`${node.server.url}${path}`, {
      method: json ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(json ? { body: JSON.stringify(json) } : {}),
    });
    const body = (await response.json()) as Record<string, unknown>;
    return { status: response.status, body };
  }

  it('a session of either holds at both; a local token only where local tokens are trusted', async () => {
    const operator = await localToken(['system_admin'], null);
    for (const companySlug of ['acme', 'globex']) {
      const json = { companySlug, companyName: companySlug, planCode: 'starter' };
      expect((await call(local, '/tenants/provision', { token: operator, json })).status).toBe(201);
    }
    const admin = await localToken(['admin'], 'acme');
    const invitation = { email: 'kim@mail.example', roles: ['billing'], userId: 'guest' };
    const invited = await call(local, '/users/invitations', { token: admin, json: invitation });
    const visitor = await oidc.sign({
      sub: 'usr-001',
      'custom:tenant': 'globex',
      exp: Math.floor(Date.now() / 1000) + 120,
    });
    const json = { token: invited.body.token };
    expect((await call(connected, '/invitations/join', { token: visitor, json })).status).toBe(201);
    const session = await call(connected, '/users/me/switch', {
      token: visitor,
      json: { tenantCode: 'acme' },
    });
    expect(session).toMatchObject({ status: 200, body: { userId: 'guest', roles: ['billing'] } });
    expect(Date.parse(String(session.body.expiresAt)) - Date.now()).toBeLessThanOrEqual(120_000);
    const token = String(session.body.token);
    for (const node of [local, connected])
      expect(await call(node, '/users/me', { token })).toMatchObject({ status: 200, body: { id: 'guest' } });
    expect((await call(connected, '/users/me', { token: admin })).status).toBe(401);
    const back = await call(local, '/users/me/switch', { token, json: { tenantCode: 'globex' } });
    expect(back).toMatchObject({ status: 200, body: { userId: 'usr-001', roles: ['admin'] } });
    const home = await call(connected, '/users/me', { token: String(back.body.token) });
    expect(home).toMatchObject({ status: 200, body: { id: 'usr-001' } });
  });
});
