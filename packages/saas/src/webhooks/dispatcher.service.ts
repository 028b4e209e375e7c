import { type Instant, type Item, type Page, STORE, type Store, SYSTEM_SCOPE } from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { WebhookBell } from './bell.service.js';
import { DELIVERY_TYPE, deliveryFromItem } from './delivery.item.js';
import { WebhookReplays } from './replays.service.js';
import { SendingService } from './sending.service.js';
import { SendingLanes } from './sending-lanes.service.js';

const PAGE_SIZE = 200;
/** Pages looked at in one go, past those whose endpoints are busy; the next go goes on behind them. */
const PAGES_LIMIT = 20;
/** Goes of one run. */
const GOES_LIMIT = 100_000;

export interface DispatchOptions {
  readonly onFailure?: (message: string, error: unknown) => void;
  /** Takes no more when aborted. */
  readonly signal?: AbortSignal;
}

/** Once through all that was due at one instant. */
interface Lap {
  readonly until: Instant;
  readonly cursor: string | null;
}

/** Sends what is due, many at once, a few to each endpoint. Several processes share the work by claiming. */
@Injectable()
export class WebhookDispatcher {
  private readonly lanes: SendingLanes;
  private lap: Lap | null = null;
  private replaying: Promise<number> | null = null;
  private last: Promise<unknown> = Promise.resolve();
  private onFailure: NonNullable<DispatchOptions['onFailure']> = () => undefined;

  constructor(
    private readonly sending: SendingService,
    private readonly replays: WebhookReplays,
    @Inject(STORE) private readonly store: Store,
    private readonly bell: WebhookBell,
  ) {
    this.lanes = new SendingLanes(
      (item) => this.send(item),
      () => bell.ring(),
    );
  }

  /** Takes as much of what is due by `until` in hand as there is room for, and does not wait for it. */
  dispatch(until: Instant, options: DispatchOptions = {}): Promise<{ taken: number; isThrough: boolean }> {
    const go = this.last.then(() => this.go(until, options));
    this.last = go.catch(() => undefined);
    return go;
  }

  /** Everything due by `until`, also what falls due by then meanwhile; resolves when it has been tried. */
  async runDue(until: Instant, options: DispatchOptions = {}): Promise<void> {
    for (let goes = 0; goes < GOES_LIMIT && !options.signal?.aborted; goes += 1) {
      const replayed = await this.replay(until, options.signal);
      const { taken, isThrough } = await this.dispatch(until, options);
      if (replayed === 0 && taken === 0 && isThrough && this.lanes.isIdle) return;
      if (isThrough || this.lanes.isFull) await this.lanes.oneDone();
    }
  }

  /** The first instant after `after` (null: any), and at most `until`, at which something is to be sent. Forgetting can wait. */
  async nextDue({ after, until }: { after: Instant | null; until: Instant }): Promise<Instant | null> {
    let cursor: string | null = null;
    do {
      const page = await this.duePage({ until, cursor });
      const next = page.items.find((item) => (item.dueAt ?? '') > (after ?? '') && isToSend(item));
      if (next) return next.dueAt;
      cursor = page.nextCursor;
    } while (cursor !== null);
    return null;
  }

  /** Lets what has begun come to its end; what waits behind it is found again. */
  async finish(): Promise<void> {
    await Promise.all([this.lanes.finish(), this.replaying]);
  }

  /** Beside the sending, which a long one does not hold up; how many endpoints had one. */
  private replay(until: Instant, signal?: AbortSignal): Promise<number> {
    this.replaying ??= this.replays
      .runDue(until, signal)
      .catch((error: unknown) => {
        this.onFailure('a replay of webhooks could not be begun', error);
        return 0;
      })
      .then((count) => {
        this.replaying = null;
        if (count > 0) this.bell.ring();
        return count;
      });
    return this.replaying;
  }

  private async go(until: Instant, { onFailure, signal }: DispatchOptions) {
    if (onFailure) this.onFailure = onFailure;
    void this.replay(until, signal);
    let taken = 0;
    let lap = this.lap ?? { until, cursor: null };
    const isWhole = lap.cursor === null && lap.until >= until;
    for (let pages = 0; pages < PAGES_LIMIT; pages += 1) {
      const page = await this.duePage(lap);
      for (const item of page.items) {
        if (this.lanes.isFull || signal?.aborted) return this.pause(lap, taken);
        if (isFree(item) && this.lanes.take(item)) taken += 1;
      }
      if (page.nextCursor === null) {
        this.lap = null;
        return { taken, isThrough: isWhole };
      }
      lap = { until: lap.until, cursor: page.nextCursor };
    }
    return this.pause(lap, taken);
  }

  private pause(lap: Lap, taken: number) {
    this.lap = lap;
    return { taken, isThrough: false };
  }

  private duePage({ until, cursor }: Lap): Promise<Page<Item>> {
    const place = cursor === null ? {} : { cursor };
    return this.store.dueItems(SYSTEM_SCOPE, { type: DELIVERY_TYPE, until, limit: PAGE_SIZE, ...place });
  }

  /** Never rejects: what fails here is still due, and found again when its lease is over. */
  private async send(item: Item): Promise<boolean> {
    try {
      await this.sending.attempt(item);
      return true;
    } catch (error) {
      this.onFailure(`webhook delivery ${item.code} of ${item.tenantCode} could not be carried out`, error);
      return false;
    }
  }
}

function isToSend(item: Item): boolean {
  return deliveryFromItem(item).status === 'pending';
}

/** No process has it in hand, as far as it says. */
function isFree(item: Item): boolean {
  const { leaseUntil } = deliveryFromItem(item);
  return leaseUntil === null || Date.parse(leaseUntil) <= Date.now();
}
