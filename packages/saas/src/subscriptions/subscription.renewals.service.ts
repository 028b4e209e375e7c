import {
  CommandService,
  DataService,
  type InvokeContext,
  type Item,
  type ItemKey,
  type Page,
  STORE,
  type Store,
  SYSTEM_SCOPE,
  untilUncontended,
} from '@landlord/kernel';
import { type Instant } from '@landlord/kernel/pure';
import { Inject, Injectable } from '@nestjs/common';
import { PlanService } from '../plans/plan.service.js';
import { changeSubscriptionCommand, SUBSCRIPTION_TYPE, subscriptionFromItem } from './subscription.item.js';
import { type Subscription } from './subscription.js';
import { type Renewal, renew } from './subscription.renewal.js';

const PAGE_SIZE = 100;
/** Renewed at the same time. */
const LANES = 8;
/** Of one subscription in one turn, so that one far behind does not keep the others waiting. */
const PERIODS_LIMIT = 60;
/** More than a monthly subscription needs from 1970 to 9990. */
const TURNS_LIMIT = 2_000;

export interface RenewalTally {
  readonly renewed: number;
  readonly expired: number;
  /** Subscriptions that could not be renewed; they stay due. */
  readonly failed: number;
}

export interface DueOptions {
  readonly onFailure?: (message: string, error: unknown) => void;
  /** Ends the run after the renewals in hand. */
  readonly signal?: AbortSignal;
}

const RENEWAL_CONTEXT: InvokeContext = {
  user: { userId: 'system', tenantCode: null, roles: ['system_admin'] },
  requestId: 'renewal',
  source: 'scheduler',
  ip: null,
  idempotency: null,
};

class Turn {
  renewed = 0;
  expired = 0;
  failed = 0;
  /** Some subscription is further behind than one turn goes. */
  isUnfinished = false;
}

/** Renews what has come to the end of its period. Several processes may run it at once: each period begins once. */
@Injectable()
export class SubscriptionRenewals {
  constructor(
    private readonly commandService: CommandService,
    private readonly dataService: DataService,
    private readonly planService: PlanService,
    @Inject(STORE) private readonly store: Store,
  ) {}

  /** Everything due by `until`, each subscription period by period until it is up to date. */
  async runDue(until: Instant, options: DueOptions = {}): Promise<RenewalTally> {
    let renewed = 0;
    let expired = 0;
    for (let turns = 1; ; turns += 1) {
      const turn = await this.turn(until, options);
      renewed += turn.renewed;
      expired += turn.expired;
      if (!turn.isUnfinished || turns >= TURNS_LIMIT || options.signal?.aborted)
        return { renewed, expired, failed: turn.failed };
    }
  }

  /** Once through all that is due. What cannot be renewed yet, such as a trial, is read past, not waited for. */
  private async turn(until: Instant, options: DueOptions): Promise<Turn> {
    const turn = new Turn();
    let cursor: string | null = null;
    do {
      const page = await this.duePage(until, cursor);
      for (let from = 0; from < page.items.length && !options.signal?.aborted; from += LANES) {
        const lanes = page.items.slice(from, from + LANES);
        await Promise.all(lanes.map((item) => this.catchUp(item, { until, turn, options })));
      }
      cursor = page.nextCursor;
    } while (cursor !== null && !options.signal?.aborted);
    return turn;
  }

  private duePage(until: Instant, cursor: string | null): Promise<Page<Item>> {
    const place = cursor === null ? {} : { cursor };
    return this.store.dueItems(SYSTEM_SCOPE, { type: SUBSCRIPTION_TYPE, until, limit: PAGE_SIZE, ...place });
  }

  /** Never throws: a subscription that fails holds up no other. */
  private async catchUp(
    item: Item,
    { until, turn, options }: { until: Instant; turn: Turn; options: DueOptions },
  ): Promise<void> {
    try {
      if (subscriptionFromItem(item).status !== 'active') return;
      for (let periods = 0; periods < PERIODS_LIMIT; periods += 1) {
        const kind = await this.renewOnce(item, until);
        if (kind === null) return;
        turn[kind] += 1;
      }
      turn.isUnfinished = true;
    } catch (error) {
      turn.failed += 1;
      options.onFailure?.(`${item.code} of ${item.tenantCode} could not be renewed`, error);
    }
  }

  /** Null when nothing is due, also because somebody else was first. */
  private renewOnce(key: ItemKey, until: Instant): Promise<Renewal['kind'] | null> {
    return untilUncontended(null, async () => {
      const item = await this.dataService.getItem(key, { scope: SYSTEM_SCOPE });
      if (!item) return null;
      const before = subscriptionFromItem(item);
      const isScheduledVersionThere = await this.isScheduledVersionThere(before);
      const renewal = renew(before, { until, isScheduledVersionThere });
      if (!renewal) return null;
      const command = changeSubscriptionCommand(item, before, renewal.subscription);
      await this.commandService.commit(
        { commands: [command], respond: () => null },
        { invokeContext: RENEWAL_CONTEXT, scope: SYSTEM_SCOPE },
      );
      return renewal.kind;
    });
  }

  private async isScheduledVersionThere({ planCode, scheduledChange }: Subscription): Promise<boolean> {
    return (
      scheduledChange !== null && (await this.planService.hasVersion(planCode, scheduledChange.planVersion))
    );
  }
}
