import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_BILLING } from '../billing/charge.js';
import { chargesOf } from '../billing/charges.js';
import { eventsOfLife, lifeOf, PLANS } from '../billing/lifetime.fixture.js';
import { plan, type Step, stepsOf } from '../billing/timeline.fixture.js';
import { timelineOf } from '../billing/timeline.js';
import { LINES_LIMIT, sumMinor } from './invoice.draft.js';
import { FakeAccounts, idsOf, stepsFor } from './invoice.fixture.js';
import { balancesOf } from './ledger.js';

const PRICES = [plan('a', 3_100), plan('b', 9_300), plan('free', 0)];
const created: Step = ['2024-03-01', 'created', {}];
const renewed: Step = ['2024-04-01', 'renewed', { period: ['2024-04-01', '2024-05-01'] }];
const to = (day: string, planCode: string): Step => [day, 'plan_changed', { planCode }];
const cancelled = (day: string): Step => [day, 'cancelled', { status: 'cancelled', endDate: day }];
/** Invoice by invoice the amounts of its lines, and those that wait. */
const invoiced = (...steps: Step[]) => {
  const done = stepsFor(stepsOf(...steps), PRICES);
  const amounts = (each: (typeof done)[number]) =>
    each.invoiced.map(({ amountMinor }) => Number(amountMinor));
  return done.filter((each) => each.invoiced.length > 0).map(amounts);
};

describe('what is invoiced', () => {
  it.each<[string, Step[], number[][]]>([
    ['a period at its beginning', [created, renewed], [[3_100], [3_100]]],
    ['an upgrade at once', [created, to('2024-03-16', 'b')], [[3_100], [-1_600, 4_800]]],
    [
      "a downgrade's credit with the renewal",
      [created, to('2024-03-11', 'b'), to('2024-03-16', 'a'), renewed],
      [[3_100], [-2_100, 6_300], [-4_800, 1_600, 3_100]],
    ],
    [
      'a downgrade and more than that again at once',
      [created, to('2024-03-11', 'free'), to('2024-03-11', 'b')],
      [[3_100], [-2_100, 6_300]],
    ],
    ['leaving early by itself', [created, cancelled('2024-03-16')], [[3_100], [-1_600]]],
    [
      'nothing, where nothing costs',
      [['2024-03-01', 'created', { planCode: 'free' }], cancelled('2024-03-16')],
      [],
    ],
    ['nothing for an end at the end', [created, cancelled('2024-04-01')], [[3_100]]],
    [
      'the credit that waits as it ends',
      [created, to('2024-03-16', 'free'), cancelled('2024-03-20')],
      [[3_100], [-1_600]],
    ],
    [
      'a credit though the next period costs nothing',
      [created, to('2024-03-16', 'free'), renewed],
      [[3_100], [-1_600]],
    ],
  ])('%s', (_name, steps, expected) => {
    expect(invoiced(...steps)).toEqual(expected);
  });

  it('is bounded, however often somebody changes their mind', () => {
    const changes = Array.from({ length: 150 }, (_each, index) => to('2024-03-16', index % 2 ? 'a' : 'free'));
    const sizes = invoiced(created, ...changes).map(({ length }) => length);
    expect(sizes).toEqual([1, LINES_LIMIT]);
  });
});

describe('whatever a subscription lives through', () => {
  const lives = lifeOf({ zoneNames: ['UTC', 'America/New_York'] });

  it('every line is invoiced once or waits, and in one go is as day by day', () => {
    fc.assert(
      fc.property(lives, fc.nat(), (life, cut) => {
        const timeline = timelineOf(eventsOfLife(life));
        const steps = stepsFor(timeline, PLANS);
        const lines = chargesOf({ timeline, plans: PLANS, options: DEFAULT_BILLING });
        const done = steps.flatMap((step) => step.invoiced);
        expect(idsOf(done)).toEqual(idsOf(lines).slice(0, done.length));
        expect(idsOf(steps.flatMap((step) => step.lines))).toEqual(idsOf(lines));
        const waiting = lines.slice(done.length);
        expect(sumMinor(waiting) <= 0n).toBe(true);
        const last = timeline.at(-1);
        if (last && ['cancelled', 'expired'].includes(last.state.status)) expect(waiting).toEqual([]);
        const some = stepsFor(timeline.slice(0, cut % (timeline.length + 1)), PLANS);
        expect(some).toEqual(steps.slice(0, some.length));
      }),
      { numRuns: 60 },
    );
  });

  it('the ledger balances: receivable is what is due, credit the balance, and lines add up to totals', () => {
    const deeds = fc.array(
      fc.record({ index: fc.nat(), kind: fc.constantFrom('pay' as const, 'void' as const) }),
      {
        maxLength: 12,
      },
    );
    fc.assert(
      fc.property(lives, deeds, (life, chosen) => {
        const accounts = new FakeAccounts().bill(stepsFor(timelineOf(eventsOfLife(life)), PLANS));
        for (const { index, kind } of chosen) {
          const place = index % Math.max(1, accounts.invoices.length);
          if (accounts.invoices[place]?.status !== 'open') continue;
          const at = '2030-01-01T00:00:00.000Z';
          const facts = { paidAt: at, at, reference: null, reason: null, recordedBy: 'usr-1' };
          accounts.change(place, { kind, ...facts });
        }
        const { receivable, revenue, tax, credit, cash } = balancesOf(accounts.ledger);
        expect(receivable + revenue + tax + credit + cash).toBe(0n);
        expect([receivable, credit]).toEqual([BigInt(accounts.due), -BigInt(accounts.balance)]);
        expect(accounts.balance).toBeGreaterThanOrEqual(0);
        for (const { lines, subtotal, discount, tax: taxed, total } of accounts.invoices) {
          expect(lines.reduce((sum, { amount }) => sum + amount, 0)).toBe(subtotal);
          expect(subtotal - discount + taxed).toBe(total);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('what is void is not given back again', () => {
    const timeline = stepsOf(created, cancelled('2024-03-16'));
    const voided = { lineId: 'S.1.0:charge', amountMinor: 3_100n, afterVersion: 1 };
    const totals = stepsFor(timeline, PRICES, [voided]).map((step) => Number(sumMinor(step.invoiced)));
    expect(totals).toEqual([3_100, 0]);
  });
});

it('O33: a year changed to months on the same day stands as a balance that covers the next ones', () => {
  const timeline = stepsOf(
    ['2024-03-01T09:00:00.000Z', 'created', { billingCycle: 'yearly', period: ['2024-03-01', '2025-03-01'] }],
    [
      '2024-03-01T15:00:00.000Z',
      'plan_changed',
      { billingCycle: 'monthly', period: ['2024-03-01', '2024-04-01'] },
    ],
    renewed,
  );
  const accounts = new FakeAccounts();
  const steps = stepsFor(timeline, [plan('a', 24_995, 239_995)]);
  accounts.bill(steps.slice(0, 2));
  expect(accounts.balance).toBe(215_000);
  accounts.bill(steps.slice(2));
  expect(accounts.shown()).toEqual([
    'open 239995, credit 0, due 239995',
    'paid -215000, credit 0, due 0',
    'paid 24995, credit 24995, due 0',
  ]);
});
