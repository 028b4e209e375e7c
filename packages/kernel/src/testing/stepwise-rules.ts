import { type IncrementInput } from '../core/command.js';
import { evolve } from '../core/evolve.js';
import { type Origin } from '../core/item.js';
import {
  type MeterBook,
  type MeterEffect,
  type MeterEvent,
  type MeterRequest,
  type MeterRules,
  type MeterSettlement,
  type MeterSighting,
  type MeterStanding,
  type MeterState,
} from '../core/meter.js';

type Settle = (
  state: MeterState,
  request: MeterRequest,
  fresh: readonly (MeterEvent & { index: number })[],
) =>
  | {
      readonly status: 'settled';
      readonly commands: readonly IncrementInput[];
      readonly standings: readonly MeterStanding[];
      readonly sightings?: readonly MeterSighting[];
      readonly effects?: readonly MeterEffect[];
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
  return { ...rules, open: (state) => openBook(state, settle) };
}

function openBook(state: MeterState, settle: Settle): MeterBook {
  const items = new Map(state.items.map((item) => [`${item.pk} ${item.sk}`, item]));
  const seen = [...state.sightings];
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
      const settlement = settle({ items: sorted, sightings: seen }, request, fresh);
      if (settlement.status !== 'settled') return settlement;
      for (const command of settlement.commands) apply(command, request);
      const { standings, sightings = [], effects = [] } = settlement;
      seen.push(...sightings);
      return { status: 'settled', standings, effects, sightings };
    },
    entries: () => [...drafts.values()],
  };
}
