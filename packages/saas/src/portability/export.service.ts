import { Readable } from 'node:stream';
import { LandlordError, notFound, STORE, type Store, type TenantRow } from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { FileDigest, footerOf, lineOf } from './tenant-file.js';

/** Each holds a transaction open as long as its reader takes. */
export const EXPORTS_AT_ONCE = 4;
const CHUNK_CHARACTERS = 64 * 1024;
/** A reader who takes nothing for so long is cut. */
const STALL_LIMIT_MS = 60_000;
const STALL_CHECK_MS = 1_000;
/** And one who takes so long altogether: the database keeps for him what everybody else has long replaced. */
const DURATION_LIMIT_MS = 3_600_000;

@Injectable()
export class ExportService {
  private readonly running = new Set<string>();

  constructor(@Inject(STORE) private readonly store: Store) {}

  /**
   * All of a tenant as lines, in one consistent snapshot and flat memory. The first rows are read before this resolves,
   * so that a refusal can still be told; what fails later breaks the stream off, and there is no footer.
   * `rate_limited` when too many are running, `not_found` when there is nothing.
   */
  async open(tenantCode: string, { stallLimitMs = STALL_LIMIT_MS } = {}): Promise<Readable> {
    if (this.running.has(tenantCode)) throw tooMany('the tenant is being exported already');
    if (this.running.size >= EXPORTS_AT_ONCE) throw tooMany(`${EXPORTS_AT_ONCE} exports are running already`);
    this.running.add(tenantCode);
    const rows = this.store.exportTenant(tenantCode)[Symbol.asyncIterator]();
    try {
      const first = await rows.next();
      if (first.done) throw notFound('tenant');
      return this.streamOf(tenantCode, { first: first.value, rest: rows, stallLimitMs });
    } catch (error) {
      this.running.delete(tenantCode);
      throw error;
    }
  }

  private streamOf(
    tenantCode: string,
    { first, rest, stallLimitMs }: { first: TenantRow; rest: AsyncIterator<TenantRow>; stallLimitMs: number },
  ): Readable {
    const startedAtMs = performance.now();
    let pulledAtMs = startedAtMs;
    const onPull = () => {
      pulledAtMs = performance.now();
    };
    const stream = Readable.from(chunksOf(first, rest, onPull), { objectMode: false });
    const watch = setInterval(
      () => {
        const nowMs = performance.now();
        if (nowMs - pulledAtMs < stallLimitMs && nowMs - startedAtMs < DURATION_LIMIT_MS) return;
        stream.destroy(new Error('the reader of an export took too long'));
      },
      Math.min(STALL_CHECK_MS, stallLimitMs),
    ).unref();
    stream.once('close', () => {
      clearInterval(watch);
      this.running.delete(tenantCode);
      // A stream that was never read has not begun to run the generator that would do this.
      void rest.return?.()?.catch(() => undefined);
    });
    return stream;
  }
}

/** Lines gathered to chunks; `onPull` is called whenever the reader asks for more. */
async function* chunksOf(
  first: TenantRow,
  rest: AsyncIterator<TenantRow>,
  onPull: () => void,
): AsyncGenerator<string> {
  const digest = new FileDigest();
  let chunk = '';
  for (let row: TenantRow | null = first; row; row = await nextOf(rest)) {
    const line = lineOf(row);
    digest.add(row.kind, line);
    chunk += line;
    if (chunk.length < CHUNK_CHARACTERS) continue;
    yield chunk;
    onPull();
    chunk = '';
  }
  yield chunk + footerOf(digest);
}

async function nextOf(rows: AsyncIterator<TenantRow>): Promise<TenantRow | null> {
  const { done, value } = await rows.next();
  return done ? null : value;
}

function tooMany(reason: string): LandlordError {
  return new LandlordError('rate_limited', `${reason}; try again when it has ended`, {
    retryAfterSeconds: 10,
  });
}
