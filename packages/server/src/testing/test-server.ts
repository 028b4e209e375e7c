import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Role } from '@landlord/kernel';
import { type Logger, pino } from 'pino';
import { signLocalToken } from '../authentication/local-issuer.js';
import { loadSigningKey, type SigningKey } from '../authentication/signing-key.js';
import { readConfig } from '../config.js';
import { type RunningServer, type ServerOverrides, startServer } from '../startup/start-server.js';
import { FakeStore } from './fake-store.js';
import { ThingModule } from './test-controller.js';

const CLAIM_NAMES = { tenant: 'custom:tenant', roles: 'custom:roles' };

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

export interface CallOptions extends Omit<RequestInit, 'body' | 'headers'> {
  readonly token?: string;
  readonly json?: unknown;
  readonly body?: string | Uint8Array;
  readonly headers?: Record<string, string>;
}

/** The server on a free port, over a fake store and one small controller. */
export class TestServer {
  private constructor(
    readonly server: RunningServer,
    readonly store: FakeStore,
    readonly log: readonly string[],
    private readonly key: SigningKey,
    private readonly dataDir: string,
  ) {}

  static async start(env: Record<string, string> = {}, overrides: ServerOverrides = {}): Promise<TestServer> {
    const dataDir = await mkdtemp(join(tmpdir(), 'landlord-http-'));
    const store = new FakeStore();
    const { logger, lines } = recordingLogger();
    const config = readConfig({ PORT: '0', LANDLORD_DATA_DIR: dataDir, ...env });
    const server = await startServer(config, { store, logger, modules: [ThingModule], ...overrides }).catch(
      async (error: unknown) => {
        await rm(dataDir, { recursive: true, force: true });
        throw error;
      },
    );
    return new TestServer(server, store, lines, await loadSigningKey(dataDir), dataDir);
  }

  token(roles: readonly Role[], tenantCode: string | null = null, userId = 'usr-1'): Promise<string> {
    return signLocalToken(this.key, { roles, tenantCode, userId, ttlSeconds: 600 }, CLAIM_NAMES);
  }

  async call(path: string, { token, json, headers = {}, body, ...init }: CallOptions = {}): Promise<Answer> {
    const sent = json === undefined ? body : JSON.stringify(json);
    const response = await fetch(`${this.server.url}${path}`, {
      ...init,
      ...(sent === undefined ? {} : { body: sent as string }),
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return {
      status: response.status,
      headers: response.headers,
      body: isJson && text ? JSON.parse(text) : { text },
    };
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

export function recordingLogger(): { logger: Logger; lines: string[] } {
  const lines: string[] = [];
  return { logger: pino({ level: 'debug' }, { write: (line) => lines.push(line) }), lines };
}
