import {
  CommandService,
  type Item,
  type ItemKey,
  LandlordError,
  STORE,
  type Store,
  SYSTEM_SCOPE,
} from '@landlord/kernel';
import { type Instant } from '@landlord/kernel/pure';
import { Inject, Injectable } from '@nestjs/common';
import { type DueRun } from './subscription.due.run.js';
import { SCHEDULER_CONTEXT } from './subscription.due.service.js';
import { failuresOf, setAsideCommand } from './subscription.item.js';

const FIRST_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 86_400_000;
/** Of a pause, so that those who failed together do not come back together. */
const JITTER = 0.1;
const UNTOLD = 'something went wrong on the server; its log says what';

export interface Failure {
  readonly item: Item;
  readonly error: unknown;
}

/** Puts off what failed, so that it is not tried at every turn, and anybody can see why. */
@Injectable()
export class SubscriptionSetAside {
  constructor(
    private readonly commandService: CommandService,
    @Inject(STORE) private readonly store: Store,
  ) {}

  /** Never throws. What failed because the store cannot serve is left as it is. */
  async put(failures: readonly Failure[], run: DueRun): Promise<void> {
    for (const { item, error } of failures)
      run.fail(`what is due for ${nameOf(item)} could not be done`, error);
    const lasting = failures.filter(({ error }) => !isUnavailable(error));
    if (lasting.length === 0) return;
    try {
      await this.commit(lasting, run);
    } catch (error) {
      run.tell(`${lasting.length} subscriptions could not be set aside`, error);
    }
  }

  private async commit(failures: readonly Failure[], run: DueRun): Promise<void> {
    const keys = failures.map(({ item }): ItemKey => ({ pk: item.pk, sk: item.sk }));
    const items = await this.store.getMany(SYSTEM_SCOPE, keys);
    const commands = failures.flatMap(({ error }, index) => {
      const item = items[index];
      return item ? [setAsideCommand(item, setAsideOf(item, error, run.until))] : [];
    });
    const units = commands.map((command) => ({ commands: [command] }));
    const context = { invokeContext: SCHEDULER_CONTEXT, scope: SYSTEM_SCOPE };
    for (const outcome of await this.commandService.commitEach(units, context))
      if (outcome.status === 'failed') run.tell('a subscription could not be set aside', outcome.error);
  }
}

function setAsideOf(item: Item, error: unknown, now: Instant) {
  const failures = failuresOf(item) + 1;
  const reason = error instanceof LandlordError ? error.message : UNTOLD;
  return { reason, failures, retryAt: retryAtOf(now, failures) };
}

/** After 1, 2, 4 ... minutes, at most a day, and up to a tenth more. */
function retryAtOf(now: Instant, failures: number): Instant {
  const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
  return new Date(Date.parse(now) + Math.round(pauseMs * (1 + Math.random() * JITTER))).toISOString();
}

function nameOf({ code, tenantCode }: Item): string {
  return `${code} of ${tenantCode}`;
}

function isUnavailable(error: unknown): boolean {
  return error instanceof LandlordError && error.code === 'unavailable';
}
