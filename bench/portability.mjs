// Export and import of a tenant with 100,000 items: rate, and the memory of the server while it lasts.
// `node bench/portability.mjs [items]`, on its own: it starts two servers as a user would, and takes minutes.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { runningPostgres } from '../packages/postgres/dist/embedded/index.js';
import { PostgresStore } from '../packages/postgres/dist/index.js';
import { withFolder } from './lib/postgres.mjs';

const RUN = fileURLToPath(new URL('../scripts/run.mjs', import.meta.url));
const UNIT = 25;
const WRITERS = 4;
const SAMPLE_MS = 250;
const SLOW_BYTES_PER_SECOND = 8 * 1024 * 1024;
const MIB = 1024 * 1024;

await withFolder((home) => withFolder((abroad) => main(home, abroad, Number(process.argv[2] ?? 100_000))));

async function main(home, abroad, count) {
  const servers = await Promise.all([home, abroad].map(startServer));
  try {
    const [source, target] = servers;
    await provision(source);
    await measured('seeding', source, () => seed(home, count));
    await measured('export, read as it comes', source, () => read(source, Number.POSITIVE_INFINITY));
    await measured('export, read at 8 MiB a second', source, () => read(source, SLOW_BYTES_PER_SECOND));
    await measured('import into another server', target, () => copy(source, target));
    await measured('verification of all', target, () => verify(target));
  } finally {
    for (const { child } of servers) child.kill('SIGTERM');
    await Promise.all(servers.map(({ gone }) => gone));
  }
}

async function startServer(dataDir) {
  const env = { ...process.env, PORT: '0', LANDLORD_DATA_DIR: dataDir, LANDLORD_LOG_LEVEL: 'error' };
  const child = spawn(process.execPath, [RUN, 'server'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const url = await new Promise((resolve, reject) => {
    let text = '';
    child.once('exit', () => reject(new Error('the server ended')));
    child.stdout.on('data', (chunk) => {
      text += chunk;
      const [address] = /http:\/\/127\.0\.0\.1:\d+/.exec(text) ?? [];
      if (address) resolve(address);
    });
  });
  return { child, gone, url, token: await operatorToken(env) };
}

async function operatorToken(env) {
  const child = spawn(process.execPath, [RUN, 'token', '--role', 'system_admin'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  for await (const chunk of child.stdout) text += chunk;
  return text.trim();
}

function call({ url, token }, path, init = {}) {
  return fetch(`${url}${path}`, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } });
}

async function provision(server) {
  const body = JSON.stringify({ companySlug: 'big', companyName: 'Big', planCode: 'enterprise' });
  const headers = { 'content-type': 'application/json' };
  const response = await call(server, '/tenants/provision', { method: 'POST', headers, body });
  if (response.status !== 201) throw new Error(await response.text());
}

/** Through the store, as everything is written, so that the chain is what it would be. */
async function seed(dataDir, count) {
  const store = new PostgresStore({ connectionString: await runningPostgres(dataDir) });
  const origin = { userId: 'bench', requestId: 'bench', source: 'bench', ip: null };
  let next = 0;
  const write = async () => {
    while (next < count) {
      const from = next;
      next += UNIT;
      const at = new Date().toISOString();
      const commands = Array.from({ length: Math.min(UNIT, count - from) }, (_, index) =>
        noteCommand(from + index),
      );
      await store.commit({ scope: { kind: 'system' }, origin: { ...origin, at }, commands });
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
  await store.close();
  return { items: count };
}

function noteCommand(index) {
  const code = String(index).padStart(8, '0');
  const attributes = { text: 'x'.repeat(200), index, tags: ['a', 'b'] };
  const what = { tenantCode: 'big', type: 'NOTE', code, name: `note ${index}`, attributes };
  return { kind: 'full', pk: 'TENANT#big', sk: `NOTE#${code}`, version: 0, ...what };
}

async function read(server, bytesPerSecond) {
  const response = await call(server, '/tenants/big/export');
  const began = performance.now();
  let bytes = 0;
  let end = '';
  for await (const chunk of response.body) {
    bytes += chunk.length;
    end = (end + Buffer.from(chunk).toString('latin1')).slice(-300);
    const dueMs = (bytes / bytesPerSecond) * 1000 - (performance.now() - began);
    if (dueMs > 0) await delay(dueMs);
  }
  if (!end.includes('"kind":"footer"')) throw new Error('the export broke off');
  return { bytes };
}

async function copy(source, target) {
  const { body } = await call(source, '/tenants/big/export');
  const headers = { 'content-type': 'application/x-ndjson' };
  const response = await call(target, '/tenants/import', { method: 'POST', headers, body, duplex: 'half' });
  const answer = await response.json();
  if (response.status !== 201) throw new Error(JSON.stringify(answer));
  return answer.counts;
}

async function verify(server) {
  let cursor = '';
  let entries = 0;
  for (;;) {
    const response = await call(server, `/audit/verify?limit=20000${cursor}`, {
      headers: { 'x-tenant-code': 'big' },
    });
    const part = await response.json();
    if (!part.verified) throw new Error(JSON.stringify(part));
    entries += part.entries;
    if (part.nextCursor === null) return { entries };
    cursor = `&cursor=${part.nextCursor}`;
  }
}

/** Says how long the work took, and how much memory the server held meanwhile. */
async function measured(name, { child }, work) {
  const samples = [await residentBytes(child.pid)];
  const sampler = setInterval(async () => samples.push(await residentBytes(child.pid)), SAMPLE_MS);
  const began = performance.now();
  const facts = await work();
  const seconds = (performance.now() - began) / 1000;
  clearInterval(sampler);
  const mib = samples.map((bytes) => Math.round(bytes / MIB));
  const course = Array.from({ length: 10 }, (_, tenth) => mib[Math.floor((tenth * (mib.length - 1)) / 9)]);
  console.log(`${name}: ${seconds.toFixed(1)} s ${JSON.stringify(facts)}`);
  console.log(`  resident MiB: begins at ${mib[0]}, peak ${Math.max(...mib)}; over time ${course.join(' ')}`);
}

async function residentBytes(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
}
