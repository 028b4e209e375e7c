import { evolve, type Item, type MeterRequest, type Refusal } from '@landlord/kernel';
import { type Transaction } from './database.js';
import { load, lockNameOf } from './lock.js';
import { type Step } from './write.js';

/** Items that requests of a batch write beside usage: each at most once in a batch. */
export class FurtherItems {
  readonly steps: Step[] = [];
  private readonly written = new Set<string>();

  private constructor(private readonly stored: ReadonlyMap<string, Item>) {}

  static async load(transaction: Transaction, requests: readonly MeterRequest[]): Promise<FurtherItems> {
    const keys = requests.flatMap(({ commands = [] }) => commands);
    const items = keys.length === 0 ? [] : await load(transaction, keys, 'for update');
    return new FurtherItems(new Map(items.map((item) => [lockNameOf(item), item])));
  }

  /** The steps of a request, not yet taken; `again`: an item was written in this batch, so the next one sees it. */
  stepsOf({ commands = [], origin }: MeterRequest): Step[] | { refusal: Refusal } | 'again' {
    const steps: Step[] = [];
    for (const command of commands) {
      const name = lockNameOf(command);
      if (this.written.has(name)) return 'again';
      const evolution = evolve(this.stored.get(name) ?? null, command, origin);
      if (evolution.status === 'refused') return { refusal: evolution.refusal };
      if (evolution.status === 'changed') steps.push({ command, item: evolution.item, origin });
    }
    return steps;
  }

  take(steps: readonly Step[]): void {
    for (const step of steps) {
      this.written.add(lockNameOf(step.item));
      this.steps.push(step);
    }
  }
}
