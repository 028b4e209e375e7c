import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Finding, type WalkReport } from './isolation/report.js';
import { walkIsolation } from './isolation/walk.js';
import { ServerProcess, type TestPlace, testPlace } from './server-process.js';

const SCRIPT = fileURLToPath(new URL('./isolation/leaky-server.js', import.meta.url));
const ATTEMPTS = 3_000;

describe('a server with leaks', () => {
  let place: TestPlace;
  let server: ServerProcess;
  let report: WalkReport;

  beforeAll(async () => {
    place = await testPlace();
    server = await ServerProcess.start({
      dataDir: place.path,
      script: SCRIPT,
      env: {
        ...place.env,
        LANDLORD_LOG_LEVEL: 'warn',
        LANDLORD_CLOCK: 'test',
        LANDLORD_CLOCK_START: '2024-02-15T12:00:00Z',
      },
    });
    report = await walkIsolation({
      url: server.url,
      dataDir: place.path,
      attempts: ATTEMPTS,
      pairs: 2,
      only: ({ path }) => /^\/(leaks|subscription|tenants|audit)/.test(path),
    });
  }, 300_000);
  afterAll(async () => {
    await server?.stop();
    await place?.remove();
  });

  it.each<[string, string, Finding['kind'], string]>([
    ['an item of another tenant by its id', 'getLeaksItemByCode', 'canary', 'path:code'],
    ['forbidden instead of not found', 'getLeaksStatusByCode', 'difference', 'path:code'],
    ['a name in an error', 'getLeaksMessageByCode', 'canary', 'path:code'],
    ['the tenant header of an admin', 'getLeaksHeader', 'canary', 'header:X-Tenant-Code'],
    ['a cursor of another tenant', 'getLeaksCursor', 'canary', 'query:cursor'],
    ['a tenant in the body', 'postLeaksBody', 'canary', 'body:tenantCode'],
    ['a change behind a 404', 'snapshot', 'change', 'state'],
  ])('gives away %s, and the walk finds it', (_name, operation, kind, where) => {
    const found = report.findings.filter((finding) => finding.operation === operation);
    expect(found.map((finding) => `${finding.kind} ${finding.place}`)).toContain(`${kind} ${where}`);
  });

  it('is reported for its leaks alone', () => {
    const others = report.findings.filter(({ operation }) => !/Leaks|snapshot/.test(operation));
    expect(others).toEqual([]);
  });
});
