import { SYSTEM_SCOPE } from '@landlord/kernel';
import { type Database } from './database.js';
import { IdFilter } from './id-filter.js';

const PAGES_AT_ONCE = 256;
const HASH_BYTES = 16;
/** Filters of about 45 million ids. What is older is looked up in the database. */
const BYTES_LIMIT = 64 * 1024 * 1024;
const RETRY_AFTER_MS = 60_000;

/**
 * What closed generations hold, in memory, so that a new id is not looked for in each of them. A generation that is not
 * in here (yet) is looked up in the database: slower, and just as right.
 */
export class IdFilters {
  private readonly filters = new Map<number, IdFilter>();
  private loading: Promise<void> | null = null;
  private notBeforeMs = 0;
  private isClosed = false;

  constructor(
    private readonly database: Database,
    private readonly onError: (error: Error) => void = () => undefined,
  ) {}

  /** Of the closed generations those in which the id may be. */
  candidates(closed: readonly number[], hash: Uint8Array): number[] {
    return closed.filter((generation) => this.filters.get(generation)?.mayHave(hash) ?? true);
  }

  /** Goes on in the background. */
  follow(closed: readonly number[]): void {
    for (const generation of this.filters.keys())
      if (!closed.includes(generation)) this.filters.delete(generation);
    const missing = closed.filter((generation) => !this.filters.has(generation)).toReversed();
    if (missing.length === 0 || this.loading || this.isClosed || performance.now() < this.notBeforeMs) return;
    this.notBeforeMs = performance.now() + RETRY_AFTER_MS;
    this.loading = this.loadAll(missing)
      .catch((error: Error) => {
        if (!this.isClosed) this.onError(error);
      })
      .finally(() => {
        this.loading = null;
      });
  }

  /** Resolves when nothing is being read. */
  async settled(): Promise<void> {
    await this.loading;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.loading;
  }

  /** The newest first: what is sent twice is mostly sent twice soon. */
  private async loadAll(generations: readonly number[]): Promise<void> {
    for (const generation of generations) {
      if (this.isClosed) return;
      await this.load(generation);
    }
    this.notBeforeMs = 0;
  }

  private async load(generation: number): Promise<void> {
    const table = `landlord.usage_event_id_${generation}`;
    const [size] = await this.database.read<{ pages: number }>(
      SYSTEM_SCOPE,
      `select pg_relation_size(to_regclass($1)) / 8192 as pages`,
      [table],
    );
    const pages = Number(size?.pages ?? 0);
    const chunks: Buffer[] = [];
    for (let page = 0; page < pages && !this.isClosed; page += PAGES_AT_ONCE)
      chunks.push(await this.read(generation, page));
    const capacity = chunks.reduce((sum, { length }) => sum + length / HASH_BYTES, 0);
    if (this.isClosed || this.bytes + IdFilter.bytesFor(capacity) > BYTES_LIMIT) return;
    const filter = new IdFilter(capacity);
    for (const chunk of chunks)
      for (let offset = 0; offset < chunk.length; offset += HASH_BYTES) filter.add(chunk, offset);
    this.filters.set(generation, filter);
  }

  private get bytes(): number {
    return [...this.filters.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  private async read(generation: number, page: number): Promise<Buffer> {
    const [row] = await this.database.read<{ hashes: Buffer | null }>(
      SYSTEM_SCOPE,
      `select string_agg(id_hash, ''::bytea) as hashes from landlord.usage_event_id
       where generation = $1 and ctid >= $2::tid and ctid < $3::tid`,
      [generation, `(${page},0)`, `(${page + PAGES_AT_ONCE},0)`],
    );
    return row?.hashes ?? Buffer.alloc(0);
  }
}
