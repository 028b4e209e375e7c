// Landlord itself: inside this process, and as the server that a user starts. Both over a database that is there.
import 'reflect-metadata';
import { execFile, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { NestFactory } from '@nestjs/core';
import { CoreModule, SystemClock } from '../../packages/kernel/dist/index.js';
import { PostgresStore } from '../../packages/postgres/dist/index.js';
import {
  PlanEditingService,
  PlanService,
  SaasModule,
  TenantService,
  UsageService,
} from '../../packages/saas/dist/index.js';
import { withFolder } from './postgres.mjs';

const RUN = fileURLToPath(new URL('../../scripts/run.mjs', import.meta.url));
export const TENANT = 'acme-corp';
/** Far above what a comparison uses, so that a limit is held and never reached. */
export const LIMIT = 1_000_000_000;

export function callerOf(tenantCode, role = 'admin') {
  const user = { userId: 'usr-001', tenantCode, roles: [role] };
  return { user, requestId: 'req-1', source: 'bench', ip: null, idempotency: null };
}

/** @param {(usage: import('@landlord/saas').UsageService, app: object) => Promise<T>} body @template T */
export async function withUsageService(connectionString, body) {
  const store = new PostgresStore({ connectionString });
  const core = CoreModule.forRoot({ store, clock: new SystemClock() });
  const Application = class {};
  const module = { module: Application, imports: [core, SaasModule] };
  const app = await NestFactory.createApplicationContext(module, { logger: false });
  try {
    await provision(app);
    return await body(app.get(UsageService), app);
  } finally {
    await app.close();
    await store.close();
  }
}

/** A tenant on a plan with a hard limit. */
async function provision(app) {
  const operator = callerOf(null, 'system_admin');
  await app.get(PlanService).seed();
  const { version: _version, ...plan } = await app.get(PlanService).get('professional');
  const limits = { ...plan.limits, maxApiCalls: LIMIT };
  await app.get(PlanEditingService).create(operator, { ...plan, code: 'bench', limits, enforcement: {} });
  const tenant = { companySlug: TENANT, companyName: 'Acme', planCode: 'bench', timezone: 'UTC' };
  await app.get(TenantService).provision(operator, tenant);
}

/** @param {(server: { url: string, token: string }) => Promise<T>} body @template T */
export function withServer(connectionString, body) {
  return withFolder(async (dataDir) => {
    const env = { ...process.env, PORT: '0', LANDLORD_DATA_DIR: dataDir, DATABASE_URL: connectionString };
    return withProcess(RUN, ['server'], env, join(dataDir, 'log'), async (url) => {
      const args = [RUN, 'token', '--tenant', TENANT, '--role', 'admin', '--user', 'usr-001'];
      const { stdout } = await promisify(execFile)(process.execPath, args, { env });
      return body({ url, token: stdout.trim() });
    });
  });
}

/** A script that prints its address; its log goes to a file, as it would in use. */
export async function withProcess(script, args, env, logFile, body) {
  const child = spawn(process.execPath, [...profiling(), script, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stderr.pipe(createWriteStream(logFile));
  const gone = new Promise((resolve) => child.once('exit', resolve));
  try {
    return await body(await addressOf(child));
  } finally {
    child.kill('SIGTERM');
    await gone;
  }
}

function profiling() {
  return process.env.BENCH_PROFILE ? ['--cpu-prof', `--cpu-prof-dir=${process.env.BENCH_PROFILE}`] : [];
}

function addressOf(child) {
  return new Promise((resolve, reject) => {
    let text = '';
    child.once('exit', () => reject(new Error('the server ended')));
    child.stdout.on('data', (chunk) => {
      text += chunk;
      const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(text) ?? [];
      if (address) resolve(address);
    });
  });
}
