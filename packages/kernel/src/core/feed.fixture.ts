import { type ItemKey } from '../pure/keys.js';
import { full, originOf } from '../testing/fixtures.js';
import { type Change } from './change.js';
import { evolve } from './evolve.js';
import { DEFAULT_FEED_OPTIONS, type FeedOptions, FeedRunner } from './feed.runner.js';
import { type FeedFailure, type FeedPort, type FeedWork, type Store } from './store.js';

interface Pending {
  readonly change: Change;
  attempts: number;
  completedHandlers: readonly string[];
  lease: string | null;
}

/** A feed in memory, where a retry is due at once and `lose` hands the leases to somebody else. */
export class FakeFeed implements FeedPort {
  readonly pending: Pending[] = [];
  readonly delivered: string[] = [];
  readonly delaysMs: number[] = [];
  readonly setAsides: { handler: string; error: string }[] = [];
  readonly removed: string[] = [];
  claims = 0;
  faults: Error[] = [];
  onClaimed: () => void = () => undefined;
  onWait: () => void = () => undefined;

  add(change: Change): void {
    this.pending.push({ change, attempts: 0, completedHandlers: [], lease: null });
  }

  lose(): void {
    for (const each of this.pending) if (each.lease) each.lease = 'another process';
  }

  async claim({ limit, key }: { limit: number; key?: ItemKey }): Promise<readonly FeedWork[]> {
    this.claims += 1;
    const fault = this.faults.shift();
    if (fault) throw fault;
    const firsts = this.pending.filter(
      (each, index) => this.pending.findIndex(({ change }) => change.sk === each.change.sk) === index,
    );
    const free = firsts.filter(({ lease, change }) => !lease && (!key || change.sk === key.sk));
    const claimed = free.slice(0, limit);
    for (const each of claimed) each.lease = `lease ${this.claims}`;
    this.onClaimed();
    return claimed.map((each) => ({ ...each, lease: each.lease ?? '' }));
  }

  /** Leaves all to `claim`, which may find what nobody handles, too. */
  async passOver(_request: { types: readonly string[]; limit: number }): Promise<number> {
    return 0;
  }

  async complete(work: FeedWork): Promise<boolean> {
    const held = this.held(work);
    if (!held) return false;
    this.pending.splice(this.pending.indexOf(held), 1);
    this.delivered.push(`${work.change.sk} ${work.change.version}`);
    return true;
  }

  async retry(work: FeedWork, failure: FeedFailure) {
    const held = this.held(work);
    if (!held) return false;
    const { delayMs, attempts, completedHandlers } = failure;
    this.delaysMs.push(delayMs);
    Object.assign(held, { attempts, completedHandlers, lease: null });
    return true;
  }

  async setAside(work: FeedWork, failures: readonly { handler: string; error: string }[]) {
    if (!(await this.complete(work))) return false;
    this.setAsides.push(...failures);
    return true;
  }

  async deliveredVersion({ sk }: ItemKey): Promise<number | null> {
    const next = this.pending.find(({ change }) => change.sk === sk);
    return next ? next.change.version - 1 : null;
  }

  async removeDeadLetter(id: string): Promise<boolean> {
    this.removed.push(id);
    return true;
  }

  async backlog() {
    return { pendingItems: this.pending.length, oldestAgeMs: 0, deadLetters: this.setAsides.length };
  }

  async deadLetters() {
    return { items: [], nextCursor: null };
  }

  wait(timeoutMs: number, signal: AbortSignal): Promise<void> {
    this.onWait();
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      signal.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  private held({ change, lease }: FeedWork): Pending | undefined {
    return this.pending.find((each) => each.change === change && each.lease === lease);
  }
}

export function changeOf(sk = 'THING#1', version = 1): Change {
  const evolution = evolve(null, full('acme', sk), originOf());
  if (evolution.status !== 'changed') throw new Error('a full command creates');
  const item = { ...evolution.item, version };
  const { pk, type, tenantCode } = item;
  return { pk, sk, type, tenantCode, version, span: 1, old: null, new: item };
}

/** A runner on a feed in memory, what it reported, and a short way to register handlers. */
export function open(options: Partial<FeedOptions> = {}) {
  const feed = new FakeFeed();
  const reported: string[] = [];
  const onError = (message: string, error: unknown) => reported.push(`${message}: ${String(error)}`);
  const store = { feed } as unknown as Store;
  const runner = new FeedRunner(store, { ...DEFAULT_FEED_OPTIONS, backoffBaseMs: 1, onError, ...options });
  const on = (name: string, handleSync: (change: Change) => Promise<void>, type = 'THING') =>
    runner.register(name, type, { handleSync });
  return { feed, runner, reported, on };
}

/** Something to wait for. */
export function signal() {
  let resolve: () => void = () => undefined;
  const fired = new Promise<void>((done) => {
    resolve = done;
  });
  return { fired, fire: () => resolve() };
}
