import { expect } from 'vitest';

/** A command as it was committed; rows of one transaction have the same `transaction`. */
export interface Committed {
  readonly sk: string;
  readonly version: number;
  readonly type: string;
  readonly transaction: string;
  readonly item: {
    readonly code: string;
    readonly name: string;
    readonly attributes: Readonly<Record<string, unknown>>;
  };
}

type State = Readonly<Record<string, unknown>>;

/** As the README has it; a renewal leaves `active` as it is. */
const LIFE: Readonly<Record<string, readonly string[]>> = {
  trial: ['trial', 'active', 'expired', 'cancelled'],
  active: ['active', 'past_due', 'cancelled', 'expired'],
  past_due: ['past_due', 'active', 'cancelled'],
};
const TERMS = ['planCode', 'planVersion', 'billingCycle', 'quantity'];

interface Turn {
  readonly code: string;
  readonly version: number;
  readonly before: State | null;
  readonly after: State;
  readonly events: readonly { readonly name: string; readonly data: State }[];
}

/** Holds a tenant's whole history, in the order of its transactions, against what is always true. */
export function expectLawful(history: readonly Committed[]): void {
  const turns = turnsIn(history);
  expectOneAtATime(turns);
  for (const turn of turns) {
    if (turn.before) expect(LIFE[String(turn.before.status)]).toContain(turn.after.status);
    expectTold(turn);
    expectNothingLost(turn);
  }
  const ends = turns.filter(({ events }) => events.some(({ name }) => /cancelled$|expired$/.test(name)));
  expect(new Set(ends.map(({ code }) => code)).size).toBe(ends.length);
}

/** Versions follow each other without a gap, each with its events in the same transaction, and no event without one. */
function turnsIn(history: readonly Committed[]): Turn[] {
  const states = new Map<string, { version: number; state: State }>();
  const told = history.filter(({ type }) => type === 'SUBSCRIPTIONEVENT');
  const turns = history
    .filter(({ type }) => type === 'SUBSCRIPTION')
    .map(({ version, transaction, item: { code, attributes } }) => {
      const last = states.get(code);
      expect(version).toBe((last?.version ?? 0) + 1);
      states.set(code, { version, state: attributes });
      const own = told.filter(({ item }) => item.code.startsWith(`${code}.${version}.`));
      expect(own.map(({ item }) => item.code)).toEqual(
        own.map((_each, index) => `${code}.${version}.${index}`),
      );
      expect(own.every((event) => event.transaction === transaction && event.version === 1)).toBe(true);
      const events = own.map(({ item }) => ({
        name: item.name.replace('subscription.', ''),
        data: item.attributes.data as State,
      }));
      return { code, version, before: last?.state ?? null, after: attributes, events };
    });
  expect(turns.reduce((sum, { events }) => sum + events.length, 0)).toBe(told.length);
  return turns;
}

function expectOneAtATime(turns: readonly Turn[]): void {
  const live = new Set<string>();
  let newest = '';
  for (const { code, before, after } of turns) {
    if (!before) expect([code > newest, live.size]).toEqual([true, 0]);
    newest = before ? newest : code;
    expect(code).toBe(newest);
    if (after.endDate === null) live.add(code);
    else live.delete(code);
  }
}

/** What changed has the event that says so, and the events say what it changed to. */
function expectTold({ before, after, events }: Turn): void {
  const names = new Set(events.map(({ name }) => name));
  const one = (...expected: string[]) => expect(expected.some((name) => names.has(name))).toBe(true);
  for (const { data } of events)
    expect(data.after).toMatchObject({ status: after.status, planCode: after.planCode });
  if (!before) {
    one('created');
    return;
  }
  const isOther = (name: string) => JSON.stringify(before[name]) !== JSON.stringify(after[name]);
  if (isOther('status')) {
    const by: Record<string, string> = { active: before.status === 'trial' ? 'activated' : 'recovered' };
    one(by[String(after.status)] ?? String(after.status));
  }
  if (TERMS.some(isOther)) one('plan_changed', 'quantity_changed', 'activated');
  if (isOther('currentPeriod')) one('renewed', 'activated', 'plan_changed', 'resumed');
  if (isOther('cancelAt'))
    one('cancellation_scheduled', 'cancelled', 'reactivated', 'plan_changed', 'activated');
  if (before.pause === null && after.pause !== null) one('paused');
  if (before.pause !== null && after.pause === null) one('resumed', 'cancelled', 'expired');
  if (isOther('trialNotice')) one('trial_ending');
}

/** A scheduled change is told when it comes and, when it goes, is made, dropped, taken back or superseded: one of them. */
function expectNothingLost({ before, after, events }: Turn): void {
  const [was, is] = [before?.scheduledChange ?? null, after.scheduledChange ?? null] as (State | null)[];
  if (JSON.stringify(was) === JSON.stringify(is)) return;
  const of = (name: string, part: string) =>
    events.filter(
      ({ name: each, data }) =>
        each === name && JSON.stringify(sorted(data[part])) === JSON.stringify(sorted(was)),
    );
  const made = events.filter(
    ({ name, data }) => /^(plan|quantity)_changed$/.test(name) && data.when === was?.effective,
  );
  const fates = [
    ...made,
    ...of('change_dropped', 'change'),
    ...of('reactivated', 'takenBack'),
    ...['plan_changed', 'quantity_changed', 'change_scheduled'].flatMap((name) => of(name, 'superseded')),
  ];
  if (was) expect([was, fates.length]).toEqual([was, 1]);
  if (made[0] && was) expectMade(was, made[0].data.to as State);
  if (is) expect(events.filter(({ name }) => name === 'change_scheduled')).toHaveLength(1);
}

function expectMade(change: State, to: State): void {
  for (const name of TERMS) if (name in change && name !== 'planVersion') expect(to[name]).toBe(change[name]);
  expect(Number(to.planVersion)).toBeGreaterThanOrEqual(Number(change.planVersion));
}

function sorted(value: unknown): unknown {
  return value && typeof value === 'object' ? Object.entries(value).toSorted() : value;
}
