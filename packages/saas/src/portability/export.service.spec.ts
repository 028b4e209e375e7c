import { type Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type Store, type TenantRow } from '@landlord/kernel';
import { describe, expect, it } from 'vitest';
import { EXPORTS_AT_ONCE, ExportService } from './export.service.js';

const HEAD: TenantRow = {
  kind: 'head',
  head: { tenantCode: 'acme', sequence: 0, hash: '0'.repeat(64), unchained: 0, isSealed: false },
};
const LINK: TenantRow = { kind: 'removed', link: { sequence: 1, contentHash: 'a', hash: 'b'.repeat(1_000) } };

/** A store of so many rows, which knows how many were asked for and whether it was let go. */
function storeOf(count: number, failAt = Number.POSITIVE_INFINITY) {
  const seen = { rows: 0, closed: 0 };
  async function* exportTenant(): AsyncGenerator<TenantRow> {
    try {
      if (count > 0) yield HEAD;
      for (; seen.rows < count; seen.rows += 1) {
        if (seen.rows === failAt) throw new Error('the database is gone');
        yield LINK;
      }
    } finally {
      seen.closed += 1;
    }
  }
  return { service: new ExportService({ exportTenant } as unknown as Store), seen };
}

function closed(stream: Readable): Promise<void> {
  return new Promise((resolve) => stream.once('close', resolve));
}

describe('an export', () => {
  it('ends with a footer', async () => {
    const lines = (await text(await storeOf(3).service.open('acme'))).trimEnd().split('\n');
    expect(lines).toHaveLength(5);
    expect(JSON.parse(lines[4] ?? '')).toMatchObject({ kind: 'footer', counts: { removed: 3 } });
  });

  it('of nothing is not found, and leaves its place to others', async () => {
    const { service } = storeOf(0);
    for (let round = 0; round < 5; round += 1) {
      await expect(service.open('acme')).rejects.toMatchObject({ code: 'not_found' });
    }
  });

  it('breaks off without a footer when the store fails half way', async () => {
    const { service } = storeOf(1_000, 500);
    let received = '';
    const reading = (async () => {
      for await (const chunk of await service.open('acme')) received += String(chunk);
    })();
    await expect(reading).rejects.toThrow('the database is gone');
    expect(received).not.toContain('footer');
  });

  it('is read from the store only as fast as it is taken', async () => {
    const { service, seen } = storeOf(100_000);
    const stream = await service.open('acme');
    stream.read(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen.rows).toBeLessThan(1_000);
    stream.destroy();
    await closed(stream);
    await Promise.resolve();
    expect(seen.closed).toBe(1);
  });

  it('is cut when its reader takes nothing', async () => {
    const { service, seen } = storeOf(100_000);
    const stream = await service.open('acme', { stallLimitMs: 20 });
    const failed = new Promise<Error>((resolve) => stream.once('error', resolve));
    expect((await failed).message).toMatch(/took too long/);
    expect(seen.rows).toBeLessThan(1_000);
  });

  it('is one of its tenant at a time', async () => {
    const { service } = storeOf(3);
    const first = await service.open('acme');
    await expect(service.open('acme')).rejects.toMatchObject({ code: 'rate_limited' });
    await text(await service.open('globex'));
    await text(first);
    await text(await service.open('acme'));
  });

  it(`is one of ${EXPORTS_AT_ONCE} at most, in a process`, async () => {
    const { service } = storeOf(10);
    const streams = await Promise.all(
      Array.from({ length: EXPORTS_AT_ONCE }, (_, index) => service.open(index === 0 ? 'acme' : `t${index}`)),
    );
    await expect(service.open('other')).rejects.toMatchObject({ code: 'rate_limited' });
    const gone = streams.map(closed);
    for (const stream of streams) stream.destroy();
    await Promise.all(gone);
    expect(await text(await service.open('acme'))).toContain('tenant-export');
  });
});
