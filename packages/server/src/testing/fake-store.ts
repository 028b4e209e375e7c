import {
  type CommitResult,
  evolve,
  type FeedPort,
  generateId,
  type IdempotencyRecord,
  type Item,
  type ItemKey,
  LandlordError,
  type Scope,
  type Store,
  type UnitOfWork,
  type UsageLogPort,
} from '@landlord/kernel';

const unused = (): never => {
  throw new Error('the fake store does not do this');
};

/** As much of a store as the server itself needs, in memory. `isDown` makes it refuse like a lost database. */
export class FakeStore implements Store {
  isDown = false;
  readonly forgotten: string[] = [];
  private readonly items = new Map<string, Item>();
  private readonly results = new Map<string, IdempotencyRecord>();

  readonly feed: FeedPort = {
    claim: async () => [],
    passOver: async () => 0,
    complete: unused,
    retry: unused,
    setAside: unused,
    deliveredVersion: async () => null,
    backlog: async () => ({ pendingItems: 2, oldestAgeMs: 1_500, deadLetters: 1 }),
    deadLetters: unused,
    removeDeadLetter: unused,
    wait: (_timeoutMs, signal) =>
      new Promise((resolve) => {
        if (signal.aborted) resolve();
        else signal.addEventListener('abort', () => resolve(), { once: true });
      }),
  };

  readonly usageLog: UsageLogPort = { event: unused, hours: unused, tidy: unused };

  async get(_scope: Scope, key: ItemKey): Promise<Item | null> {
    this.refuseWhenDown();
    return this.items.get(generateId(key.pk, key.sk)) ?? null;
  }

  async commit({ commands, origin, scope, idempotency }: UnitOfWork): Promise<CommitResult> {
    this.refuseWhenDown();
    const kept = idempotency && this.results.get(nameOf(scope, idempotency.owner, idempotency.key));
    if (kept && kept.fingerprint !== idempotency.fingerprint) return { status: 'idempotency_mismatch' };
    if (kept) return { status: 'replayed', result: kept.result };
    const written: (Item | null)[] = [];
    for (const command of commands) {
      const current = this.items.get(generateId(command.pk, command.sk)) ?? null;
      const evolution = evolve(current, command, origin);
      if (evolution.status === 'refused') return evolution;
      if (evolution.status === 'unchanged') written.push(null);
      else {
        this.items.set(generateId(command.pk, command.sk), evolution.item);
        written.push(evolution.item);
      }
    }
    if (idempotency) {
      const { owner, key, fingerprint, respond } = idempotency;
      const record = { fingerprint, result: respond(written), createdAt: origin.at };
      this.results.set(nameOf(scope, owner, key), record);
    }
    return { status: 'committed', items: written };
  }

  async findIdempotent(scope: Scope, owner: string, key: string): Promise<IdempotencyRecord | null> {
    this.refuseWhenDown();
    return this.results.get(nameOf(scope, owner, key)) ?? null;
  }

  /** As if a request at the same time had been faster. */
  keep(record: { scope: Scope; owner: string; key: string } & Omit<IdempotencyRecord, 'createdAt'>): void {
    const { scope, owner, key, fingerprint, result } = record;
    this.results.set(nameOf(scope, owner, key), {
      fingerprint,
      result,
      createdAt: '2024-01-01T00:00:00.000Z',
    });
  }

  async ping(): Promise<void> {
    this.refuseWhenDown();
  }

  async forgetIdempotency(before: string, limit: number): Promise<number> {
    this.refuseWhenDown();
    this.forgotten.push(before);
    return this.forgotten.length === 1 ? limit : 0;
  }

  async forgetSightings(beforePeriodSk: string): Promise<number> {
    this.refuseWhenDown();
    this.forgotten.push(beforePeriodSk);
    return 0;
  }

  async close(): Promise<void> {}

  getMany = unused;
  query = unused;
  itemsByCode = unused;
  itemsByType = unused;
  dueItems = unused;
  commitEach = unused;
  meter = unused;
  versions = unused;
  versionAsOf = unused;
  audit = unused;
  auditChain = unused;
  auditHead = unused;
  auditHeads = unused;
  countUnchained = unused;
  knownStates = unused;
  exportTenant = unused;
  importTenant = unused;
  eraseTenant = unused;

  private refuseWhenDown(): void {
    if (this.isDown)
      throw new LandlordError('unavailable', 'the database cannot be reached', { retryAfterSeconds: 3 });
  }
}

function nameOf(scope: Scope, owner: string, key: string): string {
  return JSON.stringify([scope, owner, key]);
}
