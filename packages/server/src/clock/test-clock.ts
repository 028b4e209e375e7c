import {
  type Clock,
  COMMON_MASTER_PK,
  COMMON_TENANT_CODE,
  LandlordError,
  type Origin,
  refusalError,
  type Store,
  SYSTEM_SCOPE,
  VERSION_FIRST,
} from '@landlord/kernel';
import { z } from 'zod';

const KEY = { pk: COMMON_MASTER_PK, sk: 'CLOCK' };
const TYPE = 'CLOCK';
const storedClock = z.object({ now: z.string() });

/** Stands still until it is moved, only ever forward. Its instant is in the store, so that a restart goes on from it. */
export class TestClock implements Clock {
  private constructor(
    private readonly store: Store,
    private instant: string,
    private version: number,
  ) {}

  /** Where the store's clock stands; a new store's begins at `start`. */
  static async open(store: Store, start: string): Promise<TestClock> {
    const item = await store.get(SYSTEM_SCOPE, KEY);
    if (item) return new TestClock(store, storedClock.parse(item.attributes).now, item.version);
    const clock = new TestClock(store, start, VERSION_FIRST);
    await clock.keep(start, {
      userId: 'system',
      requestId: 'startup',
      source: 'startup',
      ip: null,
      at: start,
    });
    return clock;
  }

  now(): string {
    return this.instant;
  }

  /** Throws `invalid_transition` when `instant` lies in the past. Calls must not overlap. */
  async moveTo(instant: string, origin: Omit<Origin, 'at'>): Promise<void> {
    if (instant < this.instant) throw backward(this.instant, instant);
    if (instant === this.instant) return;
    await this.keep(instant, { ...origin, at: instant });
    this.instant = instant;
  }

  private async keep(instant: string, origin: Origin): Promise<void> {
    const result = await this.store.commit({
      scope: SYSTEM_SCOPE,
      origin,
      commands: [command(instant, this.version)],
    });
    if (result.status === 'refused') throw refusalError(result.refusal);
    this.version += 1;
  }
}

function command(now: string, version: number) {
  return {
    kind: 'full' as const,
    ...KEY,
    version,
    tenantCode: COMMON_TENANT_CODE,
    type: TYPE,
    code: 'clock',
    name: 'Test clock',
    attributes: { now },
  };
}

function backward(current: string, requested: string): LandlordError {
  return new LandlordError(
    'invalid_transition',
    `the clock stands at ${current} and only goes forward; ${requested} is before that`,
    { facts: { now: current, requested } },
  );
}
