import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { problem } from './testing/fake-usage-server.js';
import { writeLog } from './testing/generate-log.js';
import { COMBINED, ImportBench, JSON_LINES, SMALL_LOG } from './testing/import-bench.js';

let bench: ImportBench;

beforeEach(async () => {
  bench = await ImportBench.open();
});

afterEach(() => bench.close());

describe('usage:import and what the server answers', () => {
  it('waits and comes back when the server is busy', async () => {
    const truth = await writeLog(bench.file, SMALL_LOG);
    bench.server.interfere = ({ number }) =>
      number % 2 === 1 ? problem(number % 4 === 1 ? 429 : 503, {}, { 'retry-after': '0' }) : undefined;
    expect((await bench.run([...COMBINED, '--in-flight', '1'])).code).toBe(0);
    expect(bench.server.counts()).toEqual(truth.byTenant);
  });

  it.each([401, 403])('stops at once on %i', async (status) => {
    await writeLog(bench.file, SMALL_LOG);
    bench.server.interfere = () => problem(status, { detail: 'No' });
    const { code, summary } = await bench.run([...COMBINED, '--batch', '10', '--in-flight', '1']);
    expect([code, bench.server.requests]).toEqual([1, 1]);
    expect(summary.stopped).toContain('LANDLORD_TOKEN');
    expect(summary.lines).toBeLessThan(100);
  });

  it('lists the lines the server finds fault with and delivers the rest', async () => {
    await bench.writeJsonLines([1, 2, 13, 4, 13, 6]);
    bench.server.interfere = ({ events }) => {
      const index = events.findIndex(({ quantity }) => quantity === 13);
      return index < 0
        ? undefined
        : problem(400, { errors: [{ path: `[${index}].quantity`, message: 'unlucky' }] });
    };
    const brokenOut = join(bench.folder, 'broken.tsv');
    const { code, summary } = await bench.run([...JSON_LINES, '--broken-out', brokenOut]);
    expect(code).toBe(0);
    expect(summary.accepted).toBe(4);
    expect(summary.broken.first).toEqual([
      { line: 3, reason: 'quantity: unlucky' },
      { line: 5, reason: 'quantity: unlucky' },
    ]);
    expect(readFileSync(brokenOut, 'utf8')).toBe('3\tquantity: unlucky\n5\tquantity: unlucky\n');
  });

  it('tells of ids that were used with other content', async () => {
    await bench.writeJsonLines([1, 2, 3]);
    await bench.run(JSON_LINES);
    await bench.writeJsonLines([1, 5, 3, 4]);
    const { code, summary } = await bench.run(JSON_LINES);
    expect(code).toBe(1);
    expect(summary).toMatchObject({
      accepted: 1,
      duplicates: 2,
      undelivered: { count: 1, first: [{ line: 2 }] },
    });
  });

  it('counts lines of tenants that are not there, without asking again', async () => {
    const { tenants: known } = SMALL_LOG;
    await writeLog(bench.file, { ...SMALL_LOG, tenants: { ...known, ghost: 500 } });
    const { code, summary } = await bench.run([...COMBINED, '--batch', '10', '--in-flight', '1']);
    expect(code).toBe(0);
    expect(summary.unknownTenants).toEqual({ count: 500, tenants: [{ key: 'ghost', count: 500 }] });
    expect(summary.accepted).toBe(2240);
    expect(bench.server.requests).toBeLessThan(2240 / 10 + 10);
    expect((await bench.run([...COMBINED, '--unknown-tenants', 'fail'])).code).toBe(1);
  });

  it("sends a tenant's own token without naming a tenant", async () => {
    await bench.writeJsonLines([1]);
    const seen: string[] = [];
    bench.server.interfere = (request) => {
      seen.push(`${request.tenant} ${request.token}`);
      return problem(200, { accepted: 1, duplicates: 0 });
    };
    await bench.run([...JSON_LINES, '--tenant-from', 'fixed:acme'], { token: 'opaque-1' });
    expect(seen).toEqual(['own opaque-1']);
  });
});
