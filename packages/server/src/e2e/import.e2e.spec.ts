import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeLog } from '../usage-import/testing/generate-log.js';
import { Api } from './api.js';
import { runCommand, ServerProcess, type TestPlace, testPlace } from './server-process.js';

const ARGUMENTS = ['--format', 'combined', '--tenant-from', 'path-segment', '--metric', 'apiCalls', '--json'];

describe('an access log, imported as usage', () => {
  let place: TestPlace;
  let server: ServerProcess;
  let token: string;
  let operator: Api;

  beforeAll(async () => {
    place = await testPlace();
    server = await ServerProcess.start({ dataDir: place.path, env: place.env });
    token = await server.token('--role', 'system_admin');
    operator = new Api(server.url, token);
  });
  afterAll(async () => {
    await server?.stop();
    await place?.remove();
  });

  const provision = async (companySlug: string, timezone = 'UTC') => {
    const answer = await operator.post('/tenants/provision', {
      companySlug,
      companyName: companySlug,
      planCode: 'enterprise',
      timezone,
    });
    expect([companySlug, answer.status]).toEqual([companySlug, 201]);
  };

  const importLog = async (file: string) => {
    const env = { LANDLORD_URL: server.url, LANDLORD_TOKEN: token };
    const { code, stdout, stderr } = await runCommand('usage-import', ['--file', file, ...ARGUMENTS], env);
    expect([code, stderr]).toEqual([0, stderr]);
    return JSON.parse(stdout);
  };

  const callsOf = async (tenant: string, month: string) =>
    (await operator.get(`/usage/${month}`, { tenant })).body.apiCalls;

  it("counts every tenant's month as the log was made, and nothing the second time", async () => {
    const tenants = { 'blog-one': 900, shop: 2_400, a1: 60 };
    for (const tenant of Object.keys(tenants)) await provision(tenant);
    const file = join(place.path, 'made.log');
    const truth = await writeLog(file, {
      seed: 7,
      tenants: { ...tenants, ghost: 40 },
      startMs: Date.parse('2023-12-31T20:00:00Z'),
      stepMs: 5_000,
      brokenLines: 25,
      linesWithoutTenant: 30,
      repeatPercent: 10,
    });
    const first = await importLog(file);
    expect(first.broken.count).toBe(truth.broken);
    expect(first.accepted).toBe(3_360);
    const months = [...truth.byTenantAndMonth].filter(([name]) => !name.startsWith('ghost'));
    expect(months.length).toBeGreaterThanOrEqual(5);
    for (const [name, count] of months) {
      const [tenant = '', month = ''] = name.split(' ');
      expect([name, await callsOf(tenant, month)]).toEqual([name, count]);
    }
    const second = await importLog(file);
    expect([second.accepted, second.duplicates]).toEqual([0, 3_360]);
    for (const [name, count] of months) {
      const [tenant = '', month = ''] = name.split(' ');
      expect([name, await callsOf(tenant, month)]).toEqual([name, count]);
    }
  });

  it.runIf(process.env.LANDLORD_TEST_ACCESS_LOG)(
    'counts a real log like an independent count of its first path segments',
    async () => {
      const file = process.env.LANDLORD_TEST_ACCESS_LOG ?? '';
      const counts = await countSegments(file);
      const tenants = [...counts].filter(([segment]) => /^[a-z0-9-]{2,}$/.test(segment));
      expect(tenants.length).toBeGreaterThan(5);
      for (const [tenant] of tenants) await provision(tenant);
      await importLog(file);
      for (const [tenant, count] of tenants)
        expect([tenant, await callsOf(tenant, '2015-05')]).toEqual([tenant, count]);
    },
  );
});

/** Not the importer's parser: the second word behind the first quote, cut at slashes and question marks. */
async function countSegments(file: string): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const target = line.split('"')[1]?.split(' ')[1] ?? '';
    const segment = target.split('/')[1]?.split('?')[0] ?? '';
    counts.set(segment, (counts.get(segment) ?? 0) + 1);
  }
  return counts;
}
