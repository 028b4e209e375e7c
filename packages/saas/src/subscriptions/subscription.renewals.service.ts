import { setTimeout } from 'node:timers/promises';
import { type DueQuery, type Item, type Page, STORE, type Store, SYSTEM_SCOPE } from '@landlord/kernel';
import { type Instant } from '@landlord/kernel/pure';
import { Inject, Injectable } from '@nestjs/common';
import { SubscriptionDuePage } from './subscription.due.page.service.js';
import { type DueOptions, DueRun, type RenewalTally } from './subscription.due.run.js';
import { failuresOf, SUBSCRIPTION_TYPE } from './subscription.item.js';

/** One transaction; it holds the locks of all of them. */
const PAGE_SIZE = 100;
/** What is more than a page is gone through part by part, in an order of each run's own. */
const PARTS = 16;
/** Parts worked on at the same time: one is decided on while another is written. */
const LANES = 3;
/** Looked through for what is not only tried again. */
const PAGES_AHEAD = 20;
/** More than a monthly subscription needs from 1970 to 9990. */
const TURNS_LIMIT = 2_000;
/** Before what others have in hand is looked at again. */
const PAUSE_MS = 50;

/** Does what time brings to subscriptions. Several processes may run it at once: each thing is done once. */
@Injectable()
export class SubscriptionRenewals {
  constructor(
    private readonly duePage: SubscriptionDuePage,
    @Inject(STORE) private readonly store: Store,
  ) {}

  /** Everything due by `until`, each subscription in order, period by period, until it is up to date. */
  async runDue(until: Instant, options: DueOptions = {}): Promise<RenewalTally> {
    const run = new DueRun(until, options);
    for (let turns = 0; turns < TURNS_LIMIT && !run.isStopping; turns += 1) {
      const before = run.moves;
      const isLeft = await this.turn(run);
      if (!isLeft || run.moves === before) break;
    }
    return run.end();
  }

  /** The first instant after `after`, if that is given, and by `until`, at which something is due for the first time. */
  async nextDue({ after, until }: { after: Instant | null; until: Instant }): Promise<Instant | null> {
    let place = {};
    for (let pages = 0; pages < PAGES_AHEAD; pages += 1) {
      const { items, nextCursor } = await this.page({ until, limit: PAGE_SIZE, ...place });
      const next = items.find((item) => failuresOf(item) === 0 && (item.dueAt ?? '') > (after ?? ''));
      if (next || nextCursor === null) return next?.dueAt ?? null;
      place = { cursor: nextCursor };
    }
    return null;
  }

  /** Once through all that is due. Whether something may be left. */
  private async turn(run: DueRun): Promise<boolean> {
    const { items, nextCursor } = await this.page({ until: run.until, limit: PAGE_SIZE });
    if (items.length === 0) return false;
    if (nextCursor === null) {
      const { isContended, isDone } = await this.duePage.catchUp(items, run);
      if (isContended) await pause();
      return !isDone;
    }
    const parts = shuffled(Array.from({ length: PARTS }, (_each, index) => index));
    const lane = async () => {
      for (let index = parts.pop(); index !== undefined; index = parts.pop()) await this.part(index, run);
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    return true;
  }

  /** Leaves a part that another process is at: it is looked at again in the next turn. */
  private async part(index: number, run: DueRun): Promise<void> {
    let place = {};
    while (!run.isStopping) {
      const part = { index, of: PARTS };
      const { items, nextCursor } = await this.page({ until: run.until, limit: PAGE_SIZE, part, ...place });
      const { isContended } = await this.duePage.catchUp(items, run);
      if (isContended) await pause();
      if (isContended || nextCursor === null) return;
      place = { cursor: nextCursor };
    }
  }

  private page(query: Omit<DueQuery, 'type'>): Promise<Page<Item>> {
    return this.store.dueItems(SYSTEM_SCOPE, { type: SUBSCRIPTION_TYPE, ...query });
  }
}

function pause(): Promise<void> {
  return setTimeout(PAUSE_MS * Math.random());
}

function shuffled<T>(values: readonly T[]): T[] {
  return values
    .map((value) => ({ value, order: Math.random() }))
    .toSorted((left, right) => left.order - right.order)
    .map(({ value }) => value);
}
