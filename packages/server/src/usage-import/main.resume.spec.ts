import { truncateSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeLog } from './testing/generate-log.js';
import { COMBINED, ImportBench, SMALL_LOG } from './testing/import-bench.js';

let bench: ImportBench;

beforeEach(async () => {
  bench = await ImportBench.open();
});

afterEach(() => bench.close());

describe('usage:import run again', () => {
  it('adds nothing the second time', async () => {
    await writeLog(bench.file, SMALL_LOG);
    await bench.run(COMBINED);
    const { code, summary } = await bench.run([...COMBINED, '--batch', '77', '--in-flight', '2']);
    expect(code).toBe(0);
    expect(summary).toMatchObject({ accepted: 0, duplicates: 2240 });
  });

  it('adds what has been appended since', async () => {
    const before = await writeLog(bench.file, SMALL_LOG);
    await bench.run(COMBINED);
    const added = await writeLog(bench.file, { ...SMALL_LOG, seed: 8, startMs: Date.UTC(2024, 1, 10) }, 'a');
    const { summary } = await bench.run(COMBINED);
    expect(summary.accepted).toBe(2240);
    for (const tenant of Object.keys(SMALL_LOG.tenants))
      expect(bench.server.counts().get(tenant)).toBe(
        (before.byTenant.get(tenant) ?? 0) + (added.byTenant.get(tenant) ?? 0),
      );
  });

  it('counts a line once that is cut short at first and whole later', async () => {
    const truth = await writeLog(bench.file, { ...SMALL_LOG, brokenLines: 0, linesWithoutTenant: 0 });
    const whole = await readFile(bench.file);
    truncateSync(bench.file, whole.length - 2);
    await bench.run(COMBINED);
    await writeFile(bench.file, whole);
    await bench.run(COMBINED);
    expect(bench.server.counts()).toEqual(truth.byTenant);
  });

  it('resumes after having been stopped in the middle, whatever was under way', async () => {
    const truth = await writeLog(bench.file, SMALL_LOG);
    const stopping = new AbortController();
    bench.server.interfere = ({ number }) => {
      if (number === 5) stopping.abort();
      return undefined;
    };
    const first = await bench.run([...COMBINED, '--batch', '50'], { signal: stopping.signal });
    expect(first.code).toBe(1);
    expect(first.summary.stopped).toBe('interrupted');
    expect(first.summary.accepted).toBeGreaterThan(0);
    expect(first.summary.accepted).toBeLessThan(1000);
    expect(sum(bench.server.counts())).toBe(first.summary.accepted);
    expect((await bench.run(COMBINED)).code).toBe(0);
    expect(bench.server.counts()).toEqual(truth.byTenant);
  });

  it('counts once when the connection breaks after the events were taken', async () => {
    const truth = await writeLog(bench.file, SMALL_LOG);
    bench.server.interfere = ({ number }) => (number % 3 === 1 ? { status: 0, cut: 'taken' } : undefined);
    const { code, summary } = await bench.run([...COMBINED, '--batch', '200']);
    expect(code).toBe(0);
    expect(bench.server.counts()).toEqual(truth.byTenant);
    expect(summary.duplicates).toBeGreaterThan(0);
  });
});

function sum(counts: Map<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}
