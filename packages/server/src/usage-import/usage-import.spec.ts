import { createReadStream } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DEFAULT_RETRY } from './delivery/retry.js';
import { usageApi } from './delivery/usage-api.js';
import { combinedReader } from './formats/combined.js';
import { splitLines } from './input/lines.js';
import { ImportRecord } from './report/import-record.js';
import type { Interfere } from './testing/fake-usage-server.js';
import { writeLog } from './testing/generate-log.js';
import { ImportBench, OPERATOR_TOKEN, SMALL_LOG } from './testing/import-bench.js';
import { UsageImport } from './usage-import.js';

const TENANTS = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`t-${index}`, 195]));
const SETTINGS = {
  source: '',
  batchSize: 200,
  maxInFlight: 4,
  maxHeld: 5_000,
  maxTenants: 1_000,
  retry: DEFAULT_RETRY,
  maxRequestsPerBatch: 100,
  maxGivenUpInRow: 3,
};

let bench: ImportBench;

beforeEach(async () => {
  bench = await ImportBench.open(Object.keys(TENANTS));
});

afterEach(() => bench.close());

it('keeps requests and held events within bounds for a file that is larger than they are', async () => {
  const truth = await writeLog(bench.file, { ...SMALL_LOG, tenants: TENANTS, stepMs: 10, brokenLines: 500 });
  bench.server.interfere = gate({ size: 4, requests: 40 });
  const record = new ImportRecord(() => undefined);
  const run = importOf(bench, record);
  await run.run();
  const summary = record.summary({ elapsedMs: 0, peak: run.peak });
  expect(summary.lines).toBe(20_060);
  expect(bench.server.counts()).toEqual(truth.byTenant);
  expect(bench.server.peakUnderWay).toBe(4);
  expect(run.peak.requests).toBe(4);
  expect(run.peak.heldEvents).toBeGreaterThan(4_000);
  expect(run.peak.heldEvents).toBeLessThanOrEqual(5_000);
  expect(summary.broken.first).toHaveLength(20);
});

function importOf({ server, file }: ImportBench, record: ImportRecord): UsageImport {
  const access = { url: server.url, token: OPERATOR_TOKEN, namesTenant: true, requestTimeoutMs: 10_000 };
  const ports = {
    lines: splitLines(createReadStream(file)),
    reader: combinedReader({ metric: 'apiCalls', tenantFrom: { kind: 'path-segment' }, withPath: false }),
    record,
    send: usageApi(access),
    stopped: new AbortController().signal,
    stop: (reason: string) => expect.unreachable(reason),
    sleep: async () => undefined,
    random: () => 0.5,
  };
  return new UsageImport(ports, SETTINGS);
}

/** Lets the first requests through in groups only: they wait until `size` of them are under way. */
function gate({ size, requests }: { size: number; requests: number }): Interfere {
  let release: (() => void)[] = [];
  return async ({ number }) => {
    if (number > requests) return undefined;
    await new Promise<void>((resolve) => {
      release.push(resolve);
      if (release.length < size) return;
      for (const open of release) open();
      release = [];
    });
    return undefined;
  };
}
