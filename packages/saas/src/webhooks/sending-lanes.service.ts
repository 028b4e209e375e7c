import { type Item } from '@landlord/kernel';
import { deliveryFromItem } from './delivery.item.js';

/** Requests at once, of this process. */
export const CONCURRENCY = 64;
/** Of one endpoint. */
export const ENDPOINT_CONCURRENCY = 4;
/** Of one endpoint that has lately been slow, so that many such leave room for the others. */
const SLOW_CONCURRENCY = 1;
const SLOW_MS = 3_000;
/** Waiting in memory for one endpoint. */
const QUEUE_LIMIT = 100;
const ENDPOINTS_LIMIT = 10_000;
/** How long what could not be carried out is left alone, by the machine's time. */
const SET_ASIDE_MS = 60_000;

interface Lane {
  readonly underWay: Map<string, Promise<void>>;
  readonly queue: Item[];
  isSlow: boolean;
}

/**
 * Deliveries in hand, by endpoint: a few of each at once, the next ones waiting behind them. An endpoint that takes its
 * time keeps none but its own waiting.
 */
export class SendingLanes {
  private readonly lanes = new Map<string, Lane>();
  private readonly setAside = new Map<string, number>();
  private underWay = 0;

  /** `send` resolves to false when it could not be carried out; `onRoom` is told when a lane has nothing left. */
  constructor(
    private readonly send: (item: Item) => Promise<boolean>,
    private readonly onRoom: () => void,
  ) {}

  get isFull(): boolean {
    return this.underWay >= CONCURRENCY;
  }

  get isIdle(): boolean {
    return this.underWay === 0;
  }

  /** Whether it is in hand now, and was not before. */
  take(item: Item): boolean {
    const { endpointId } = deliveryFromItem(item);
    const lane = this.laneOf(endpointId);
    const name = nameOf(item);
    if (this.isSetAside(name) || lane.underWay.has(name) || lane.queue.some((each) => nameOf(each) === name))
      return false;
    if (lane.underWay.size < limitOf(lane)) this.begin(endpointId, lane, item);
    else if (lane.queue.length < QUEUE_LIMIT) lane.queue.push(item);
    else return false;
    return true;
  }

  /** Resolves when one of those in hand is done, or at once when there are none. */
  async oneDone(): Promise<void> {
    const all = this.promises();
    if (all.length > 0) await Promise.race(all);
  }

  /** Forgets what waits; resolves when all that has begun is done. */
  async finish(): Promise<void> {
    for (const { queue } of this.lanes.values()) queue.length = 0;
    await Promise.all(this.promises());
  }

  private begin(endpointId: string, lane: Lane, item: Item): void {
    const name = nameOf(item);
    const begunAt = performance.now();
    this.underWay += 1;
    const done = this.send(item).then((isCarriedOut) => {
      if (!isCarriedOut) this.leaveAlone(name);
      lane.isSlow = performance.now() - begunAt >= SLOW_MS;
      lane.underWay.delete(name);
      this.underWay -= 1;
      this.goOn(endpointId, lane);
    });
    lane.underWay.set(name, done);
  }

  private goOn(endpointId: string, lane: Lane): void {
    while (lane.underWay.size < limitOf(lane)) {
      const next = lane.queue.shift();
      if (!next) break;
      this.begin(endpointId, lane, next);
    }
    if (lane.underWay.size === 0 && !lane.isSlow) this.lanes.delete(endpointId);
    if (lane.queue.length === 0) this.onRoom();
  }

  private laneOf(endpointId: string): Lane {
    const known = this.lanes.get(endpointId);
    if (known) return known;
    const lane = { underWay: new Map<string, Promise<void>>(), queue: [], isSlow: false };
    if (this.lanes.size < ENDPOINTS_LIMIT) this.lanes.set(endpointId, lane);
    return lane;
  }

  private leaveAlone(name: string): void {
    if (this.setAside.size >= ENDPOINTS_LIMIT) this.setAside.clear();
    this.setAside.set(name, Date.now() + SET_ASIDE_MS);
  }

  private isSetAside(name: string): boolean {
    const until = this.setAside.get(name);
    if (until === undefined) return false;
    if (until > Date.now()) return true;
    this.setAside.delete(name);
    return false;
  }

  private promises(): Promise<void>[] {
    return [...this.lanes.values()].flatMap(({ underWay }) => [...underWay.values()]);
  }
}

function limitOf({ isSlow }: Lane): number {
  return isSlow ? SLOW_CONCURRENCY : ENDPOINT_CONCURRENCY;
}

function nameOf({ pk, sk }: Item): string {
  return `${pk} ${sk}`;
}
