import { currencyOf, timeZoneOf } from '@landlord/kernel/pure';
import { describe, expect, it } from 'vitest';
import { isAsExplained } from './charge.explained.fixture.js';
import { type BillingOptions, type ChargeLine } from './charge.js';
import { difference } from './charges.js';
import { billed, eventsOf, plan, type Step, shown, stepsOf } from './timeline.fixture.js';
import { timelineOf } from './timeline.js';

const plans = [plan('a', 3_100), plan('b', 6_200), plan('same', 3_100), plan('free', 0)];
const march: Step = ['2024-03-01', 'created', {}];
const april: Step = ['2024-04-01', 'renewed', { period: ['2024-04-01', '2024-05-01'] }];
const MARCH = 'subscription 31.00 [2024-03-01, 2024-04-01)';
const ended = (day: string): Step => [day, 'cancelled', { status: 'cancelled', endDate: day }];
const paused = (day: string, mode: 'freeze' | 'run'): Step => [
  day,
  'paused',
  { pause: { mode, since: day } },
];
const resumed = (day: string, to: string, frozenDays: number): Step => [
  day,
  'resumed',
  { pause: null, frozenDays, period: ['2024-03-01', to] },
];

const lines = (...steps: Step[]) => billed(stepsOf(...steps), { plans }).map(shown);

describe('charged are', () => {
  it('no trial, and from its end on whole periods', () => {
    expect(
      lines(
        ['2024-02-16', 'created', { status: 'trial', period: ['2024-02-16', '2024-03-01'] }],
        ['2024-02-20', 'quantity_changed', { quantity: 2 }],
        ['2024-03-01', 'activated', { status: 'active', period: ['2024-03-01', '2024-04-01'] }],
        april,
      ),
    ).toEqual(['subscription 62.00 [2024-03-01, 2024-04-01)', 'subscription 62.00 [2024-04-01, 2024-05-01)']);
  });

  it('a trial that is ended on its first day, from that day on', () => {
    expect(
      lines(
        ['2024-03-01T09:00:00.000Z', 'created', { status: 'trial', period: ['2024-03-01', '2024-04-01'] }],
        ['2024-03-01T15:00:00.000Z', 'activated', { status: 'active' }],
      ),
    ).toEqual([MARCH]);
  });

  it('what is past due, and nothing again when it is paid', () => {
    expect(
      lines(
        march,
        ['2024-03-02', 'past_due', { status: 'past_due' }],
        ['2024-03-09', 'recovered', { status: 'active' }],
      ),
    ).toEqual([MARCH]);
  });

  it('by the half of a month, when quantity and then plan change', () => {
    expect(
      lines(
        march,
        ['2024-03-16T18:00:00.000Z', 'quantity_changed', { quantity: 2 }],
        ['2024-03-21', 'plan_changed', { planCode: 'b' }],
      ),
    ).toEqual([
      MARCH,
      'credit -16.00 [2024-03-16, 2024-04-01)',
      'proration 32.00 [2024-03-16, 2024-04-01)',
      'credit -22.00 [2024-03-21, 2024-04-01)',
      'proration 44.00 [2024-03-21, 2024-04-01)',
    ]);
  });

  it('a new cycle in full, from the day on which it begins', () => {
    expect(
      lines(march, [
        '2024-03-16T18:00:00.000Z',
        'plan_changed',
        { billingCycle: 'yearly', period: ['2024-03-16', '2025-03-16'] },
      ]),
    ).toEqual([
      MARCH,
      'credit -16.00 [2024-03-16, 2024-04-01)',
      'subscription 310.00 [2024-03-16, 2025-03-16)',
    ]);
  });

  it('nothing, where nothing is paid or the price stays', () => {
    expect(
      lines(
        ['2024-03-01', 'created', { planCode: 'free' }],
        ['2024-03-02', 'plan_changed', { planVersion: 1 }],
        ['2024-03-03', 'change_scheduled', {}],
        ended('2024-03-04'),
      ),
    ).toEqual([]);
  });

  it('another plan by its name, at the same price', () => {
    expect(lines(march, ['2024-03-31', 'plan_changed', { planCode: 'same' }])).toEqual([
      MARCH,
      'credit -1.00 [2024-03-31, 2024-04-01)',
      'proration 1.00 [2024-03-31, 2024-04-01)',
    ]);
  });

  it('the currency that was chosen', () => {
    const yen = { ...plan('a', 3_100), prices: { JPY: { monthly: 501, yearly: 5_010 } } };
    const steps = stepsOf(['2024-03-01', 'created', { currency: currencyOf('JPY') }], ended('2024-03-16'));
    expect(billed(steps, { plans: [yen] }).map(shown)).toEqual([
      'subscription 501 [2024-03-01, 2024-04-01)',
      'credit -259 [2024-03-16, 2024-04-01)',
    ]);
    const without = stepsOf(['2024-03-01', 'created', { currency: currencyOf('EUR') }]);
    expect(() => billed(without, { plans: [yen] })).toThrow('plan a version 1 has no monthly price in EUR');
  });
});

describe('the end', () => {
  it.each([
    ['2024-03-01', 'credit -31.00 [2024-03-01, 2024-04-01)'],
    ['2024-03-16', 'credit -16.00 [2024-03-16, 2024-04-01)'],
    ['2024-03-31', 'credit -1.00 [2024-03-31, 2024-04-01)'],
  ])('on %s credits that day and those after', (day, credit) => {
    expect(lines(march, ended(day))).toEqual([MARCH, credit]);
  });

  it('with the period credits nothing', () => {
    expect(lines(march, ended('2024-04-01'))).toEqual([MARCH]);
    expect(lines(march, ended('2024-04-20'))).toEqual([MARCH]);
  });

  it('credits nothing where the vendor keeps what was paid', () => {
    const steps = stepsOf(march, ended('2024-03-16'));
    expect(billed(steps, { plans, onCancel: 'none' }).map(shown)).toEqual([MARCH]);
  });
});

describe('a pause that freezes', () => {
  it('costs and credits nothing; the days come later', () => {
    expect(lines(march, paused('2024-03-11', 'freeze'), resumed('2024-03-21', '2024-04-11', 10))).toEqual([
      MARCH,
    ]);
  });

  it('leaves as much to credit after it as before', () => {
    const change: Step = ['2024-04-01', 'plan_changed', { planCode: 'b' }];
    expect(
      lines(march, paused('2024-03-11', 'freeze'), resumed('2024-03-21', '2024-04-11', 10), change),
    ).toEqual([MARCH, 'credit -10.00 [2024-04-01, 2024-04-11)', 'proration 20.00 [2024-04-01, 2024-04-11)']);
  });

  it.each(['2024-03-11', '2024-03-25', '2024-06-01'])('and ends on %s credits all that is unused', (day) => {
    expect(lines(march, paused('2024-03-11', 'freeze'), ended(day))).toEqual([
      MARCH,
      'credit -21.00 [2024-03-11, 2024-04-01)',
    ]);
  });

  it('and comes twice is counted twice', () => {
    const again = paused('2024-03-26', 'freeze');
    expect(
      lines(
        march,
        paused('2024-03-11', 'freeze'),
        resumed('2024-03-21', '2024-04-11', 10),
        again,
        ended('2024-05-01'),
      ),
    ).toEqual([MARCH, 'credit -16.00 [2024-03-26, 2024-04-11)']);
  });
});

describe('a pause that lets periods run', () => {
  it('credits what is left, charges nothing meanwhile, and from the day of resuming on', () => {
    const resume: Step = ['2024-04-16', 'resumed', { pause: null }];
    expect(lines(march, paused('2024-03-16', 'run'), april, resume)).toEqual([
      MARCH,
      'credit -16.00 [2024-03-16, 2024-04-01)',
      'proration 15.50 [2024-04-16, 2024-05-01)',
    ]);
  });

  it('charges a period from the day of resuming on, also where it begins late because something was owed', () => {
    expect(
      lines(
        march,
        paused('2024-03-11', 'run'),
        ['2024-03-20', 'past_due', { status: 'past_due' }],
        ['2024-04-16', 'resumed', { pause: null }],
        ['2024-05-20', 'recovered', { status: 'active' }],
        april,
        ['2024-05-01', 'renewed', { period: ['2024-05-01', '2024-06-01'] }],
      ),
    ).toEqual([
      MARCH,
      'credit -21.00 [2024-03-11, 2024-04-01)',
      'proration 15.50 [2024-04-16, 2024-05-01)',
      'subscription 31.00 [2024-05-01, 2024-06-01)',
    ]);
  });

  it('and ends credits nothing twice', () => {
    expect(lines(march, paused('2024-03-16', 'run'), ended('2024-03-20'))).toEqual([
      MARCH,
      'credit -16.00 [2024-03-16, 2024-04-01)',
    ]);
  });
});

it('without proration, changes bill from the next period on', () => {
  const steps = stepsOf(march, ['2024-03-16', 'plan_changed', { planCode: 'b' }], april, ended('2024-04-02'));
  expect(billed(steps, { plans, proration: 'none' }).map(shown)).toEqual([
    MARCH,
    'subscription 62.00 [2024-04-01, 2024-05-01)',
  ]);
});

describe('by the millisecond', () => {
  const inSeconds: Partial<BillingOptions> = { proration: 'second' };

  it('a period is charged whole though it began within its first day, and pauses count as whole days', () => {
    const steps = stepsOf(
      ['2024-03-01T09:00:00.000Z', 'created', {}],
      ['2024-03-11T15:00:00.000Z', 'paused', { pause: { mode: 'freeze', since: '2024-03-11' } }],
      ended('2024-05-01'),
    );
    expect(billed(steps, { plans, ...inSeconds }).map(shown)).toEqual([
      MARCH,
      'credit -21.00 [2024-03-11, 2024-04-01)',
    ]);
  });

  it('the zone says how long a period is', () => {
    const zone = { timezone: timeZoneOf('Europe/Paris') };
    const steps = stepsOf(
      ['2024-02-29T23:00:00.000Z', 'created', zone],
      ['2024-03-30T23:00:00.000Z', 'plan_changed', { planCode: 'b' }],
    );
    const [, credit] = billed(steps, { plans, ...inSeconds });
    expect(credit?.explain).toMatchObject({ part: 23 * 3_600_000, whole: (31 * 24 - 1) * 3_600_000 });
  });
});

it('a day that a zone skipped is a day of the calendar, and its period is charged whole', () => {
  const zone = { timezone: timeZoneOf('Pacific/Apia') };
  const steps = stepsOf(
    ['2011-11-30T10:00:00.000Z', 'created', { ...zone, period: ['2011-11-30', '2011-12-30'] }],
    ['2011-12-30T10:00:00.000Z', 'renewed', { period: ['2011-12-30', '2012-01-30'] }],
  );
  expect(billed(steps, { plans }).map(shown)).toEqual([
    'subscription 31.00 [2011-11-30, 2011-12-30)',
    'subscription 31.00 [2011-12-30, 2012-01-30)',
  ]);
});

it('says how each amount came about', () => {
  const steps = stepsOf(march, ['2024-03-15', 'plan_changed', { planCode: 'b', quantity: 3 }]);
  const [first, credit, charge] = billed(steps, { plans });
  expect([first, credit, charge].map((line) => line?.id)).toEqual([
    'S.1.0:charge',
    'S.2.0:credit:S.1.0:charge',
    'S.2.0:charge',
  ]);
  expect(credit?.explain).toEqual({
    cause: 'subscription.plan_changed',
    planCode: 'a',
    planVersion: 1,
    billingCycle: 'monthly',
    timezone: 'UTC',
    unit: 'day',
    part: 17,
    whole: 31,
    exactMinor: '-1700',
    rounding: 'half_up',
    takenFrom: { lineId: 'S.1.0:charge', leftMinor: 3_100n },
  });
  expect(charge).toMatchObject({ quantity: 3, unitPriceMinor: 6_200n, amountMinor: 10_200n });
});

it('sees through an amount that is not what it says it is', () => {
  const [line] = billed(stepsOf(march), { plans });
  const tampered = line && [line, { ...line, amountMinor: 1n }, { ...line, quantity: 2 }];
  expect(tampered?.map(isAsExplained)).toEqual([true, false, false]);
});

describe('a timeline', () => {
  const events = eventsOf([march, ['2024-03-16', 'plan_changed', { planCode: 'b' }], april]);

  it('takes its events in any order, and those of one version as the last of them', () => {
    const changed = events[1];
    const twice = changed
      ? [{ ...changed, id: 'S.2.1', index: 1, name: 'subscription.renewed' as const }]
      : [];
    const ids = timelineOf([...twice, ...events].toReversed()).map(({ eventId }) => eventId);
    expect(ids).toEqual(['S.1.0', 'S.2.1', 'S.3.0']);
  });

  it.each([
    ['2024-02-29T23:59:59.999Z', 0],
    ['2024-03-01T00:00:00.000Z', 1],
    ['2024-03-16T00:00:00.000Z', 3],
    ['2024-04-01T00:00:00.000Z', 5],
  ])('until %s brings %s lines', (until, count) => {
    const all = billed(timelineOf(events), { plans });
    expect(billed(timelineOf(events), { plans, until })).toEqual(all.slice(0, count));
  });
});

it('bills what is not billed yet, once', () => {
  const should = billed(stepsOf(march, ended('2024-03-16')), { plans });
  const some: ChargeLine[] = difference(should, should.slice(0, 1));
  expect(some.map(shown)).toEqual(['credit -16.00 [2024-03-16, 2024-04-01)']);
  expect(difference(should, should)).toEqual([]);
});
