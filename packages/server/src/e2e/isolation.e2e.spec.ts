import { writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { walkIsolation } from './isolation/walk.js';
import { ServerProcess, type TestPlace, testPlace } from './server-process.js';

const ATTEMPTS = Number(process.env.LANDLORD_ISOLATION_ATTEMPTS ?? 20_000);
/** Where to write everything that was tried, as JSON. */
const REPORT = process.env.LANDLORD_ISOLATION_REPORT;

let place: TestPlace;
let server: ServerProcess;

beforeAll(async () => {
  place = await testPlace();
  server = await ServerProcess.start({
    dataDir: place.path,
    env: {
      ...place.env,
      LANDLORD_LOG_LEVEL: 'warn',
      // Deliveries that are tried meanwhile would tell two attackers apart who are alike.
      LANDLORD_WEBHOOKS_SENDING: 'off',
      LANDLORD_CLOCK: 'test',
      LANDLORD_CLOCK_START: '2024-02-15T12:00:00Z',
    },
  });
});
afterAll(async () => {
  await server?.stop();
  await place?.remove();
});

it(`shows nothing of another tenant in ${ATTEMPTS} attempts, not even that it exists`, async () => {
  const report = await walkIsolation({ url: server.url, dataDir: place.path, attempts: ATTEMPTS });
  console.info(report.summary());
  if (REPORT !== undefined) await writeFile(REPORT, JSON.stringify(report, null, 1));
  expect(report.findings.slice(0, 10)).toEqual([]);
  expect(report.findingCount).toBe(0);
  expect(report.attempts).toBeGreaterThanOrEqual(ATTEMPTS);
  expect(report.exercisedShare).toBeGreaterThan(0.6);
  expect(report.controlReadings).toBeGreaterThanOrEqual(2);
  expect(report.statuses.get(0) ?? 0).toBe(0);
}, 600_000);
