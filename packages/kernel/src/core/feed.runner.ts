import { Inject, Injectable } from '@nestjs/common';
import { generateId, type ItemKey } from '../pure/keys.js';
import { type Change } from './change.js';
import { type IDataSyncHandler } from './data-sync-handler.js';
import { type DeadLetter, type FeedPort, type FeedWork, type Store } from './store.js';
import { FEED_OPTIONS, STORE } from './tokens.js';

/** Changes without a handler that are done in one go. */
const PASSED_LIMIT = 200;

export interface FeedOptions {
  /** How long one process keeps a change before another may take it over. The handlers of a type share half of it. */
  readonly leaseMs: number;
  /** Items worked on at once. */
  readonly concurrency: number;
  /** How long the store may be left unasked when nothing was announced. */
  readonly pollMs: number;
  /** How long it is left alone once there was no more, so that an item that changes all the time is one change by then. */
  readonly restMs: number;
  /** Failed tries before a change is set aside. */
  readonly attemptsLimit: number;
  readonly backoffBaseMs: number;
  readonly backoffLimitMs: number;
  /** How long `deliver` waits for another process. */
  readonly deliverTimeoutMs: number;
  /** 0 to 1; spreads retries. */
  readonly random: () => number;
  readonly onError: (message: string, error: unknown) => void;
}

export const DEFAULT_FEED_OPTIONS: FeedOptions = {
  leaseMs: 30_000,
  concurrency: 8,
  pollMs: 1_000,
  restMs: 25,
  attemptsLimit: 8,
  backoffBaseMs: 100,
  backoffLimitMs: 60_000,
  deliverTimeoutMs: 30_000,
  random: Math.random,
  onError: () => undefined,
};

interface NamedHandler {
  readonly name: string;
  readonly type: string;
  readonly handler: IDataSyncHandler;
}

interface Handled {
  readonly completedHandlers: readonly string[];
  readonly failures: readonly { handler: string; error: unknown }[];
  /** Whether a failure counts towards the dead letter. */
  readonly isCounted: boolean;
}

type Delivery = 'delivered' | 'failed' | 'lost';

/** Delivers changes to the sync handlers of this process, sharing the work with other processes. */
@Injectable()
export class FeedRunner {
  private readonly handlers: NamedHandler[] = [];
  private readonly feed: FeedPort;
  private stopping = new AbortController();
  private loop: Promise<void> | null = null;
  private readonly inHand = new Set<Promise<void>>();
  /** What the loop asks the store for is leased before it is in hand. */
  private taking: Promise<unknown> = Promise.resolve();

  constructor(
    @Inject(STORE) store: Store,
    @Inject(FEED_OPTIONS) private readonly options: FeedOptions,
  ) {
    this.feed = store.feed;
  }

  register(name: string, type: string, handler: IDataSyncHandler): void {
    if (this.handlers.some((known) => known.name === name))
      throw new Error(`two sync handlers are named ${name}`);
    this.handlers.push({ name, type, handler });
  }

  start(): void {
    if (this.loop) return;
    this.stopping = new AbortController();
    this.loop = this.run(this.stopping.signal);
  }

  /** Takes no new work; resolves when the work in hand is done. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loop;
    this.loop = null;
  }

  get running(): boolean {
    return this.loop !== null;
  }

  /**
   * Runs the handlers for the item's changes up to `version`, or waits until another worker has.
   * Throws what the handler threw; the change is committed all the same and the feed tries again.
   */
  async deliver(key: ItemKey, version: number): Promise<void> {
    const deadline = Date.now() + this.options.deliverTimeoutMs;
    for (;;) {
      const delivered = await this.feed.deliveredVersion(key);
      if (delivered === null || delivered >= version) return;
      if (Date.now() > deadline) {
        throw new Error(
          `${generateId(key.pk, key.sk)} is committed, but its sync handlers have not run in time`,
        );
      }
      const [work] = await this.feed.claim({ limit: 1, leaseMs: this.options.leaseMs, key });
      if (work) await this.handle(work, { rethrow: true });
      // Not the runner's own signal: after stop() that would not wait at all, and this would spin.
      else await this.feed.wait(20, new AbortController().signal);
    }
  }

  /** Works until nothing that is due is left, here or in the loop's hands; returns how many changes it delivered itself. */
  async drain(): Promise<number> {
    let delivered = 0;
    for (;;) {
      const passed = await this.passOver();
      const works = await this.claim(this.options.concurrency);
      const results = await Promise.all(works.map((work) => this.handle(work)));
      delivered += passed + results.filter((result) => result === 'delivered').length;
      if (works.length > 0 || passed >= PASSED_LIMIT) continue;
      await this.taking.catch(() => undefined);
      if (this.inHand.size === 0) return delivered;
      await Promise.race(this.inHand);
    }
  }

  /** Runs a dead letter's handler again; removes the letter when it succeeds. */
  async replay(letter: DeadLetter): Promise<void> {
    const named = this.handlers.find((known) => known.name === letter.handler);
    if (!named) throw new Error(`no sync handler is named ${letter.handler}`);
    await this.runHandler(named, letter.change, this.options.leaseMs / 2);
    await this.feed.removeDeadLetter(letter.id);
  }

  /** Keeps up to `concurrency` changes in hand, so that a slow handler holds up its own item only. */
  private async run(signal: AbortSignal): Promise<void> {
    let faults = 0;
    let restUntilMs = 0;
    while (!signal.aborted) {
      try {
        const restMs = restUntilMs - performance.now();
        if (restMs > 0) await pause(restMs, signal);
        const passed = await this.passOver();
        const room = this.options.concurrency - this.inHand.size;
        const taking = this.takeMore(room);
        this.taking = taking;
        const taken = await taking;
        const isEmptied = passed < PASSED_LIMIT && taken < room;
        restUntilMs = isEmptied ? performance.now() + this.options.restMs : 0;
        const isIdle = passed < PASSED_LIMIT && taken === 0;
        if (isIdle || this.inHand.size >= this.options.concurrency) await this.untilNews(signal);
        faults = 0;
      } catch (error) {
        this.options.onError('the change feed could not be read', error);
        await pause(this.backoffMs(faults++), signal);
      }
    }
    await Promise.all(this.inHand);
  }

  private async takeMore(limit: number): Promise<number> {
    const works = await this.claim(limit);
    for (const work of works) this.take(work);
    return works.length;
  }

  private take(work: FeedWork): void {
    const handling = this.handle(work)
      .catch((error: unknown) => this.options.onError('the change feed could not be written', error))
      .then(() => void this.inHand.delete(handling));
    this.inHand.add(handling);
  }

  /** A change was announced, one in hand is done, it is time to look, or the runner stops. */
  private async untilNews(signal: AbortSignal): Promise<void> {
    const waiting = new AbortController();
    const stop = () => waiting.abort();
    signal.addEventListener('abort', stop);
    const isFull = this.inHand.size >= this.options.concurrency;
    const news = isFull ? [] : [this.feed.wait(this.options.pollMs, waiting.signal)];
    await Promise.race([...news, ...this.inHand]);
    signal.removeEventListener('abort', stop);
    waiting.abort();
  }

  private passOver(): Promise<number> {
    return this.feed.passOver({ types: this.handlers.map(({ type }) => type), limit: PASSED_LIMIT });
  }

  private claim(limit: number): Promise<readonly FeedWork[]> {
    return this.feed.claim({ limit, leaseMs: this.options.leaseMs });
  }

  private async handle(work: FeedWork, mode: { rethrow: boolean } = { rethrow: false }): Promise<Delivery> {
    const completed = [...work.completedHandlers];
    const failures: { handler: string; error: unknown }[] = [];
    const concerned = this.handlers.filter(({ type }) => type === work.change.type);
    for (const named of concerned) {
      if (completed.includes(named.name)) continue;
      try {
        await this.runHandler(named, work.change, this.options.leaseMs / 2 / concerned.length);
        completed.push(named.name);
      } catch (error) {
        failures.push({ handler: named.name, error });
      }
    }
    const outcome = await this.settle(work, {
      completedHandlers: completed,
      failures,
      isCounted: !mode.rethrow,
    });
    if (mode.rethrow && failures[0]) throw failures[0].error;
    return outcome;
  }

  /** A caller who waits does not use up the tries: however often callers ask, an outage lasts as long as the back-off says. */
  private async settle(
    work: FeedWork,
    { completedHandlers, failures, isCounted }: Handled,
  ): Promise<Delivery> {
    if (failures.length === 0) return (await this.feed.complete(work)) ? 'delivered' : 'lost';
    const id = generateId(work.change.pk, work.change.sk);
    for (const { handler, error } of failures) {
      this.options.onError(`${handler} failed on ${id} version ${work.change.version}`, error);
    }
    if (isCounted && work.attempts + 1 >= this.options.attemptsLimit) {
      const letters = failures.map(({ handler, error }) => ({ handler, error: describeError(error) }));
      return (await this.feed.setAside(work, letters)) ? 'failed' : 'lost';
    }
    const attempts = work.attempts + (isCounted ? 1 : 0);
    const failure = { delayMs: this.backoffMs(work.attempts), attempts, completedHandlers };
    return (await this.feed.retry(work, failure)) ? 'failed' : 'lost';
  }

  private async runHandler({ name, handler }: NamedHandler, change: Change, limitMs: number): Promise<void> {
    const timeout = new AbortController();
    const overdue = pause(limitMs, timeout.signal).then(() => {
      if (!timeout.signal.aborted) throw new Error(`${name} took longer than ${limitMs} ms`);
    });
    try {
      await Promise.race([handler.handleSync(change), overdue]);
    } finally {
      timeout.abort();
    }
  }

  private backoffMs(attempt: number): number {
    const ceiling = Math.min(this.options.backoffLimitMs, this.options.backoffBaseMs * 2 ** attempt);
    return Math.round(ceiling * (0.5 + this.options.random() / 2));
  }
}

function describeError(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.slice(0, 2_000);
}

function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, durationMs);
    signal.addEventListener('abort', done);
  });
}
