import {
  CommandService,
  type Item,
  type ItemKey,
  LandlordError,
  STORE,
  type Store,
  SYSTEM_SCOPE,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { type DueRun } from './subscription.due.run.js';
import { type DueStep, SCHEDULER_CONTEXT, SubscriptionDueWork } from './subscription.due.service.js';
import { type Failure, SubscriptionSetAside } from './subscription.set-aside.service.js';

/** Steps of one subscription in one go, so that one far behind does not keep the others waiting. */
const ROUNDS_LIMIT = 60;

/** Deciding may read what a tenant uses; requests want connections, too. */
const DECIDED_AT_ONCE = 10;

/** What a round leaves: those that may have more to do, and those that somebody else has changed. */
interface Round {
  readonly moved: readonly Item[];
  readonly met: readonly Item[];
}

export interface CaughtUp {
  /** Most of them were in the hands of another process. */
  readonly isContended: boolean;
  /** Nothing is due any more for those that did not fail. */
  readonly isDone: boolean;
}

type Prepared = DueStep | Failure | null;

/** Does what is due for a page of subscriptions, a step of each in one transaction, then the next step of each. */
@Injectable()
export class SubscriptionDuePage {
  constructor(
    private readonly commandService: CommandService,
    private readonly dueWork: SubscriptionDueWork,
    private readonly setAside: SubscriptionSetAside,
    @Inject(STORE) private readonly store: Store,
  ) {}

  /** At most `GROUP_UNITS_LIMIT` items. */
  async catchUp(items: readonly Item[], run: DueRun): Promise<CaughtUp> {
    let pending = items;
    let isContended = false;
    for (let round = 0; round < ROUNDS_LIMIT && pending.length > 0 && !run.isStopping; round += 1) {
      const { moved, met } = await this.round(pending, run);
      if (round === 0) isContended = met.length * 2 > items.length;
      pending = [...moved, ...(await this.readAgain(met))];
    }
    return { isContended, isDone: pending.length === 0 };
  }

  private async round(items: readonly Item[], run: DueRun): Promise<Round> {
    const prepared = await this.prepareAll(items, run);
    const steps = prepared.filter(isStep);
    const failures = prepared.filter(isFailure);
    const outcomes = await this.commandService.commitEach(steps, {
      invokeContext: SCHEDULER_CONTEXT,
      scope: SYSTEM_SCOPE,
    });
    const moved: Item[] = [];
    const met: Item[] = [];
    for (const [index, step] of steps.entries()) {
      const outcome = outcomes[index];
      if (outcome?.status === 'committed') {
        run.count(step.kind);
        if (outcome.items[0]) moved.push(outcome.items[0]);
      } else if (isConflict(outcome?.error)) met.push(step.item);
      else failures.push({ item: step.item, error: outcome?.error });
    }
    run.meet(met.length);
    await this.setAside.put(failures, run);
    return { moved, met };
  }

  private async prepareAll(items: readonly Item[], run: DueRun): Promise<readonly Prepared[]> {
    const prepared: Prepared[] = [];
    for (let from = 0; from < items.length; from += DECIDED_AT_ONCE) {
      const some = items.slice(from, from + DECIDED_AT_ONCE);
      prepared.push(...(await Promise.all(some.map((item) => this.prepare(item, run)))));
    }
    return prepared;
  }

  private async prepare(item: Item, { until }: DueRun): Promise<Prepared> {
    try {
      return await this.dueWork.stepOf(item, until);
    } catch (error) {
      return { item, error };
    }
  }

  private async readAgain(items: readonly Item[]): Promise<readonly Item[]> {
    if (items.length === 0) return [];
    const keys = items.map(({ pk, sk }): ItemKey => ({ pk, sk }));
    return (await this.store.getMany(SYSTEM_SCOPE, keys)).filter((item) => item !== null);
  }
}

function isStep(prepared: Prepared): prepared is DueStep {
  return prepared !== null && 'commands' in prepared;
}

function isFailure(prepared: Prepared): prepared is Failure {
  return prepared !== null && 'error' in prepared;
}

function isConflict(error: unknown): boolean {
  return error instanceof LandlordError && error.code === 'version_conflict';
}
