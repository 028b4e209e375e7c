import { type IncrementInput } from '../core/command.js';
import { evolve } from '../core/evolve.js';
import { type Item, type Origin } from '../core/item.js';
import {
  type MeterBook,
  type MeterEvent,
  type MeterRequest,
  type MeterRules,
  type MeterSettlement,
  type MeterStanding,
} from '../core/meter.js';

type Settle = (
  state: { readonly items: readonly Item[] },
  request: MeterRequest,
  fresh: readonly (MeterEvent & { index: number })[],
) =>
  | {
      readonly status: 'settled';
      readonly commands: readonly IncrementInput[];
      readonly standings: readonly MeterStanding[];
    }
  | Exclude<MeterSettlement, { status: 'settled' }>;

interface Drafted {
  readonly command: IncrementInput;
  readonly origins: Origin[];
}

/** Rules that say for one request at a time, on the items as they are then, which commands follow. */
export function stepwiseRules({
  settle,
  ...rules
}: Omit<MeterRules, 'open'> & { readonly settle: Settle }): MeterRules {
  return { ...rules, open: (items) => openBook(items, settle) };
}

function openBook(stored: readonly Item[], settle: Settle): MeterBook {
  const items = new Map(stored.map((item) => [`${item.pk} ${item.sk}`, item]));
  const drafts = new Map<string, Drafted>();
  const apply = (command: IncrementInput, { origin }: MeterRequest) => {
    const name = `${command.pk} ${command.sk}`;
    const evolution = evolve(items.get(name) ?? null, { kind: 'increment', ...command }, origin);
    if (evolution.status === 'changed') items.set(name, evolution.item);
    const before = drafts.get(name);
    const increments = [...(before?.command.increments ?? []), ...command.increments];
    const origins = [...(before?.origins ?? []), origin];
    drafts.set(name, { command: { ...command, ...before?.command, increments }, origins });
  };
  return {
    settle: (request, fresh) => {
      const sorted = [...items.values()].sort((left, right) => (left.sk < right.sk ? -1 : 1));
      const settlement = settle({ items: sorted }, request, fresh);
      if (settlement.status !== 'settled') return settlement;
      for (const command of settlement.commands) apply(command, request);
      return { status: 'settled', standings: settlement.standings };
    },
    entries: () => [...drafts.values()],
  };
}
