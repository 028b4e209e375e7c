import { createReadStream, truncateSync } from 'node:fs';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from './main.js';
import { writeLog } from './testing/generate-log.js';
import { COMBINED, capturedIo, ImportBench, OPERATOR_TOKEN, SMALL_LOG } from './testing/import-bench.js';

let bench: ImportBench;

beforeEach(async () => {
  bench = await ImportBench.open();
});

afterEach(() => bench.close());

describe('usage:import', () => {
  it('counts what the log contains, by tenant and month', async () => {
    const truth = await writeLog(bench.file, SMALL_LOG);
    const { code, summary } = await bench.run([...COMBINED, '--batch', '100']);
    expect(code).toBe(0);
    expect(bench.server.counts()).toEqual(truth.byTenant);
    expect(bench.server.countsByMonth()).toEqual(truth.byTenantAndMonth);
    expect(truth.byTenantAndMonth.size).toBeGreaterThan(truth.byTenant.size);
    expect(summary).toMatchObject({
      lines: truth.lines,
      accepted: 2240,
      duplicates: 0,
      broken: { count: truth.broken },
      withoutTenant: { count: truth.withoutTenant },
    });
  });

  it('counts lines of reserved paths without tenant, and delivers the rest', async () => {
    const request = (path: string) => `h - - [31/Jan/2024:10:00:00 +0000] "GET ${path} HTTP/1.1" 200 1`;
    const paths = ['/system/x', '/acme/a', '/common/x', '/globex/a', '/system/x', '/acme/b'];
    await writeFile(bench.file, paths.map((path) => `${request(path)}\n`).join(''));
    const { code, summary } = await bench.run([...COMBINED, '--batch', '1']);
    expect(code).toBe(0);
    expect(summary.stopped).toBeUndefined();
    expect(summary.withoutTenant).toEqual({
      count: 3,
      segments: [
        { key: 'system', count: 2 },
        { key: 'common', count: 1 },
      ],
    });
    expect(summary.broken.count).toBe(0);
    expect(Object.fromEntries(bench.server.counts())).toEqual({ acme: 2, globex: 1 });
  });

  it('reads packed files, and says so when one is cut short', async () => {
    const truth = await writeLog(bench.file, SMALL_LOG);
    const packed = gzipSync(await readFile(bench.file));
    await writeFile(`${bench.file}.gz`, packed);
    expect((await bench.run(COMBINED, { file: `${bench.file}.gz` })).code).toBe(0);
    expect(bench.server.counts()).toEqual(truth.byTenant);
    truncateSync(`${bench.file}.gz`, packed.length - 100);
    const { code, summary } = await bench.run(COMBINED, { file: `${bench.file}.gz` });
    expect(code).toBe(1);
    expect(summary.stopped).toContain('reading failed');
    expect((await bench.run(COMBINED)).summary.accepted).toBe(0);
  });

  it('reads standard input', async () => {
    const truth = await writeLog(bench.file, SMALL_LOG);
    expect((await bench.run(COMBINED, { file: '-', stdin: createReadStream(bench.file) })).code).toBe(0);
    expect(bench.server.counts()).toEqual(truth.byTenant);
  });

  it('stops while it waits for more standard input', async () => {
    const stopping = new AbortController();
    const stdin = new Readable({ read: () => stopping.abort() });
    const { code, summary } = await bench.run(COMBINED, { file: '-', stdin, signal: stopping.signal });
    expect([code, summary.stopped]).toEqual([1, 'interrupted']);
  });

  it('reads CSV with renamed columns', async () => {
    const rows = [
      'key,when,org,n',
      'a,2024-01-31T00:00:00Z,acme,2',
      'b,1706745599,globex,"0.5"',
      'c,,acme,1',
    ];
    await writeFile(bench.file, rows.join('\n'));
    const columns = ['id=key', 'timestamp=when', 'tenant=org', 'quantity=n'].flatMap((each) => [
      '--column',
      each,
    ]);
    const { code, summary } = await bench.run(['--format', 'csv', '--metric', 'apiCalls', ...columns]);
    expect(code).toBe(0);
    expect(summary.broken.first).toEqual([{ line: 4, reason: 'no when' }]);
    expect([...(bench.server.tenants.get('acme')?.keys() ?? [])]).toEqual(['a']);
    expect(JSON.parse(bench.server.tenants.get('globex')?.get('b') ?? '')).toEqual({
      id: 'b',
      metric: 'apiCalls',
      quantity: 0.5,
      timestamp: '2024-01-31T23:59:59.000Z',
    });
  });

  it.each([
    ['a missing file', ['--file', '/nowhere/access.log', ...COMBINED], 'ENOENT'],
    ['a folder', ['--file', '/', ...COMBINED], 'is a folder'],
    ['wrong arguments', ['--file', 'x'], '--format'],
  ])('exits with 2 for %s', async (_, argv, message) => {
    const io = capturedIo();
    expect(await main(argv, { LANDLORD_TOKEN: OPERATOR_TOKEN }, io)).toBe(2);
    expect(io.errors()).toContain(message);
  });

  it('exits with 2 for a CSV without the column it needs', async () => {
    await writeFile(bench.file, 'a,b\n1,2\n');
    const io = capturedIo();
    const argv = ['--file', bench.file, '--format', 'csv', '--metric', 'apiCalls'];
    expect(await main(argv, { LANDLORD_TOKEN: OPERATOR_TOKEN, LANDLORD_URL: bench.server.url }, io)).toBe(2);
    expect(io.errors()).toContain('no column "timestamp"');
  });

  it('prints help without a token', async () => {
    const io = capturedIo();
    expect(await main(['--help'], {}, io)).toBe(0);
    expect(io.text()).toContain('--tenant-from');
  });

  it('prints a summary for people that no line can deface', async () => {
    const request = (target: string) =>
      `h - - [31/Jan/2024:10:00:00 +0000] "GET ${target} HTTP/1.1" 200 1 "-" "-"`;
    await appendFile(
      bench.file,
      `${request('/acme')}\n${request('/\u001b[31mred')}\n${request('/ghost')}\nnonsense\n`,
    );
    const io = capturedIo();
    await main(
      ['--file', bench.file, ...COMBINED],
      { LANDLORD_TOKEN: OPERATOR_TOKEN, LANDLORD_URL: bench.server.url },
      io,
    );
    expect(io.text()).toContain('           1  events accepted\n');
    expect(io.text()).toContain('  line 4: no [day/month/year:time offset]');
    expect(io.text()).toContain('           1  "\\u001b[31mred"\n');
    expect(io.text()).toContain('           1  "ghost"\n');
    expect(io.text()).toContain('           1            0  acme\n');
    expect(io.text()).not.toContain('\u001b');
  });
});

// Its path is given from outside: a real log is nobody's test data.
describe.skipIf(process.env.LANDLORD_TEST_ACCESS_LOG === undefined)('a real access log', () => {
  it('is counted whole, and once', async () => {
    const path = process.env.LANDLORD_TEST_ACCESS_LOG ?? '';
    const first = await bench.run(COMBINED, { file: path });
    const { accepted, blank, broken, withoutTenant, unknownTenants } = first.summary;
    expect(first.code).toBe(0);
    expect(accepted + blank + broken.count + withoutTenant.count + unknownTenants.count).toBe(
      first.summary.lines,
    );
    const fixed = COMBINED.with(3, 'fixed:acme');
    const all = await bench.run(fixed, { file: path });
    expect(all.summary.accepted + all.summary.broken.count + all.summary.blank).toBe(all.summary.lines);
    expect((await bench.run(fixed, { file: path })).summary.accepted).toBe(0);
  });
});
