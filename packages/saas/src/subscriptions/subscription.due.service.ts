import {
  type Command,
  CommandService,
  DataService,
  type Item,
  type ItemKey,
  LandlordError,
  SYSTEM_SCOPE,
  systemContext,
  untilUncontended,
} from '@landlord/kernel';
import { type Instant } from '@landlord/kernel/pure';
import { Injectable } from '@nestjs/common';
import { type DueWork, dueWorkOf, turnsPeriod } from './subscription.due.js';
import { createEventCommands } from './subscription.event.item.js';
import { SubscriptionFacts } from './subscription.facts.service.js';
import { type Check } from './subscription.in-use.service.js';
import { changeSubscriptionCommand, subscriptionFromItem } from './subscription.item.js';
import { decide } from './subscription.lifecycle.js';
import { type Changed } from './subscription.transitions.js';

/** More than a monthly subscription needs from 1970 to 9990. */
const STEPS_LIMIT = 100_000;

export const SCHEDULER_CONTEXT = systemContext(null, { requestId: 'renewal', source: 'scheduler' });

export type DueKind = 'noticed' | 'activated' | 'renewed' | 'cancelled' | 'expired' | 'resumed';

/** One thing that is due, as it will be written, with the version it was decided on. */
export interface DueStep {
  readonly item: Item;
  readonly kind: DueKind;
  /** The subscription as it is after comes first. */
  readonly commands: readonly Command[];
  readonly checks: readonly Check[];
}

/** Does what time brings to one subscription, a unit of work for each thing. */
@Injectable()
export class SubscriptionDueWork {
  constructor(
    private readonly commandService: CommandService,
    private readonly dataService: DataService,
    private readonly facts: SubscriptionFacts,
  ) {}

  /** The next thing due by `until`; null when nothing is, also because somebody else was first. */
  advance(key: ItemKey, until: Instant): Promise<DueKind | null> {
    return untilUncontended(null, async () => {
      const item = await this.dataService.getItem(key, { scope: SYSTEM_SCOPE });
      const step = item && (await this.stepOf(item, until));
      if (!step) return null;
      const { commands, checks } = step;
      await this.commandService.commit(
        { commands, checks, respond: () => null },
        { invokeContext: SCHEDULER_CONTEXT, scope: SYSTEM_SCOPE },
      );
      return step.kind;
    });
  }

  /** The next thing due by `until`; null when nothing is. */
  async stepOf(item: Item, until: Instant): Promise<DueStep | null> {
    if (item.isDeleted) return null;
    const work = dueWorkOf(subscriptionFromItem(item));
    if (!work || work.at > until) return null;
    const { decision, checks } = await this.decide(item, { work, until });
    return { item, kind: kindOf(decision), commands: changeCommands(item, decision), checks };
  }

  /** All that is due by `until`, so that a change of today does not meet a subscription of yesterday. */
  async bringUpToDate(item: Item, until: Instant): Promise<void> {
    if (!this.isBehind(item, until)) return;
    for (let steps = 0; steps < STEPS_LIMIT; steps += 1) {
      if ((await this.advance(item, until)) === null) return;
    }
  }

  /** Whether something is due by `until`. */
  isBehind(item: Item, until: Instant): boolean {
    const work = dueWorkOf(subscriptionFromItem(item));
    return work !== null && work.at <= until;
  }

  private async decide(item: Item, { work, until }: { work: DueWork; until: Instant }) {
    const subscription = subscriptionFromItem(item);
    const isTurning = turnsPeriod(work.command);
    const options = { userId: SCHEDULER_CONTEXT.user.userId, isTurning, now: until };
    const { facts, checks } = await this.facts.of(item.tenantCode, subscription, options);
    const decision = decide(subscription, work.command, facts);
    if (decision.kind === 'changed') return { decision, checks };
    const message = decision.kind === 'refused' ? decision.message : `${work.command.kind} changes nothing`;
    throw new LandlordError('invalid_transition', message);
  }
}

/** The subscription as it is after, and the events that tell of it. */
export function changeCommands(
  item: Item,
  { subscription, events }: Pick<Changed, 'subscription' | 'events'>,
) {
  return [
    changeSubscriptionCommand(item, subscription),
    ...createEventCommands(item.tenantCode, { subscription, version: item.version + 1 }, events),
  ];
}

const KINDS: Readonly<Record<string, DueKind>> = {
  'subscription.trial_ending': 'noticed',
  'subscription.activated': 'activated',
  'subscription.renewed': 'renewed',
  'subscription.cancelled': 'cancelled',
  'subscription.expired': 'expired',
  'subscription.resumed': 'resumed',
};

function kindOf({ events }: Changed): DueKind {
  const kinds = events.flatMap(({ name }) => KINDS[name] ?? []);
  const [kind] = kinds;
  if (!kind) throw new Error('what fell due told of nothing');
  return kind;
}
