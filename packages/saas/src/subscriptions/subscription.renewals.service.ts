import {
  CommandService,
  type Item,
  LandlordError,
  type Page,
  STORE,
  type Store,
  SYSTEM_SCOPE,
} from '@landlord/kernel';
import { type Instant } from '@landlord/kernel/pure';
import { Inject, Injectable } from '@nestjs/common';
import { type DueKind, SCHEDULER_CONTEXT, SubscriptionDueWork } from './subscription.due.service.js';
import { failuresOf, SUBSCRIPTION_TYPE, setAsideCommand } from './subscription.item.js';

const PAGE_SIZE = 100;
/** Worked on at the same time. */
const LANES = 8;
/** Steps of one subscription in one turn, so that one far behind does not keep the others waiting. */
const STEPS_LIMIT = 60;
/** More than a monthly subscription needs from 1970 to 9990. */
const TURNS_LIMIT = 2_000;
const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 86_400_000;
/** Of a pause, so that those who failed together do not come back together. */
const JITTER = 0.1;
const UNTOLD = 'something went wrong on the server; its log says what';

export type RenewalTally = Readonly<Record<DueKind, number>> & {
  /** Subscriptions that were set aside; they are tried again later. */
  readonly failed: number;
};

export interface DueOptions {
  readonly onFailure?: (message: string, error: unknown) => void;
  /** Ends the run after the work in hand. */
  readonly signal?: AbortSignal;
}

interface Run {
  readonly until: Instant;
  readonly options: DueOptions;
  readonly tally: Record<DueKind, number>;
  readonly failed: Set<string>;
  /** Some subscription is further behind than one turn goes. */
  isUnfinished: boolean;
}

/** Does what time brings to subscriptions. Several processes may run it at once: each thing is done once. */
@Injectable()
export class SubscriptionRenewals {
  constructor(
    private readonly commandService: CommandService,
    private readonly dueWork: SubscriptionDueWork,
    @Inject(STORE) private readonly store: Store,
  ) {}

  /** Everything due by `until`, each subscription in order, period by period, until it is up to date. */
  async runDue(until: Instant, options: DueOptions = {}): Promise<RenewalTally> {
    const tally = { noticed: 0, activated: 0, renewed: 0, cancelled: 0, expired: 0, resumed: 0 };
    const run: Run = { until, options, tally, failed: new Set(), isUnfinished: false };
    for (let turns = 0; turns < TURNS_LIMIT; turns += 1) {
      run.isUnfinished = false;
      await this.turn(run);
      if (!run.isUnfinished || options.signal?.aborted) break;
    }
    return { ...tally, failed: run.failed.size };
  }

  /** Once through all that is due. */
  private async turn(run: Run): Promise<void> {
    const { until, options } = run;
    let cursor: string | null = null;
    do {
      const page = await this.duePage(until, cursor);
      for (let from = 0; from < page.items.length && !options.signal?.aborted; from += LANES) {
        const lanes = page.items.slice(from, from + LANES);
        await Promise.all(lanes.map((item) => this.catchUp(item, run)));
      }
      cursor = page.nextCursor;
    } while (cursor !== null && !options.signal?.aborted);
  }

  private duePage(until: Instant, cursor: string | null): Promise<Page<Item>> {
    const place = cursor === null ? {} : { cursor };
    return this.store.dueItems(SYSTEM_SCOPE, { type: SUBSCRIPTION_TYPE, until, limit: PAGE_SIZE, ...place });
  }

  /** Never throws: a subscription that fails holds up no other. */
  private async catchUp(item: Item, run: Run): Promise<void> {
    try {
      for (let steps = 0; steps < STEPS_LIMIT; steps += 1) {
        const kind = await this.dueWork.advance(item, run.until);
        if (kind === null) return;
        run.tally[kind] += 1;
      }
      run.isUnfinished = true;
    } catch (error) {
      run.failed.add(`${item.pk} ${item.sk}`);
      run.options.onFailure?.(`what is due for ${item.code} of ${item.tenantCode} could not be done`, error);
      await this.setAside(item, error, run);
    }
  }

  /** So that it is not tried at every turn, and anybody can see why. */
  private async setAside({ pk, sk, code, tenantCode }: Item, error: unknown, run: Run): Promise<void> {
    if (error instanceof LandlordError && error.code === 'unavailable') return;
    try {
      const item = await this.store.get(SYSTEM_SCOPE, { pk, sk });
      if (!item) return;
      const failures = failuresOf(item) + 1;
      const reason = error instanceof LandlordError ? error.message : UNTOLD;
      const command = setAsideCommand(item, { reason, failures, retryAt: retryAtOf(run.until, failures) });
      await this.commandService.commit(
        { commands: [command], respond: () => null },
        { invokeContext: SCHEDULER_CONTEXT, scope: SYSTEM_SCOPE },
      );
    } catch (failure) {
      run.options.onFailure?.(`${code} of ${tenantCode} could not be set aside`, failure);
    }
  }
}

/** After 1, 2, 4 ... minutes, at most a day, and up to a tenth more. */
function retryAtOf(now: Instant, failures: number): Instant {
  const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
  return new Date(Date.parse(now) + Math.round(pauseMs * (1 + Math.random() * JITTER))).toISOString();
}
