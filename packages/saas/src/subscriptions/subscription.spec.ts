import { addDays, currencyOf, localDateOf, startOfLocalDay, timeZoneOf } from '@landlord/kernel/pure';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beginSubscription, type NewSubscriptionInput } from './subscription.js';

const plan = { code: 'starter', version: 1, trialDays: 14 };

function begin(overrides: Omit<Partial<NewSubscriptionInput>, 'timezone'> & { zone?: string } = {}) {
  const { zone = 'UTC', ...input } = overrides;
  return beginSubscription({
    code: 'SUB-001',
    plan,
    billingCycle: 'monthly',
    currency: currencyOf('USD'),
    now: '2024-03-01T09:00:00.000Z',
    ...input,
    timezone: timeZoneOf(zone),
  });
}

it('begins with a trial of the plan', () => {
  expect(begin({ plan: { code: 'professional', version: 3, trialDays: 14 } })).toEqual({
    code: 'SUB-001',
    planCode: 'professional',
    planVersion: 3,
    billingCycle: 'monthly',
    quantity: 1,
    currency: 'USD',
    status: 'trial',
    timezone: 'UTC',
    startDate: '2024-03-01',
    anchor: '2024-03-01',
    endDate: null,
    currentPeriod: { from: '2024-03-01', to: '2024-03-15' },
    frozenDays: 0,
    pause: null,
    autoRenew: true,
    paymentMethodId: null,
    trialEndsAt: '2024-03-15T00:00:00.000Z',
    trialNotice: null,
    cancelAt: null,
    cancelReason: null,
    scheduledChange: null,
  });
});

describe('a trial of 14 days', () => {
  it.each<[string, string, string, string, string]>([
    ['over a leap day', 'UTC', '2024-02-20T23:59:59.999Z', '2024-02-20', '2024-03-05T00:00:00.000Z'],
    [
      'over the end of a February',
      'UTC',
      '2023-02-20T00:00:00.000Z',
      '2023-02-20',
      '2023-03-06T00:00:00.000Z',
    ],
    ['over the end of a year', 'UTC', '2023-12-25T12:00:00.000Z', '2023-12-25', '2024-01-08T00:00:00.000Z'],
    ['east of the date', 'Asia/Tokyo', '2024-01-31T15:00:00.000Z', '2024-02-01', '2024-02-14T15:00:00.000Z'],
    [
      'a moment before midnight there',
      'Asia/Tokyo',
      '2024-01-31T14:59:59.999Z',
      '2024-01-31',
      '2024-02-13T15:00:00.000Z',
    ],
    [
      'west of the date',
      'America/New_York',
      '2024-02-01T04:59:59.999Z',
      '2024-01-31',
      '2024-02-14T05:00:00.000Z',
    ],
    // Clocks go forward on 10 March: the trial is an hour short of 14 times 24.
    [
      'over the start of summer time',
      'America/New_York',
      '2024-03-01T17:00:00.000Z',
      '2024-03-01',
      '2024-03-15T04:00:00.000Z',
    ],
    [
      'over its end',
      'America/New_York',
      '2024-10-25T16:00:00.000Z',
      '2024-10-25',
      '2024-11-08T05:00:00.000Z',
    ],
    [
      'over the end of it in Europe',
      'Europe/Berlin',
      '2024-10-20T10:00:00.000Z',
      '2024-10-20',
      '2024-11-02T23:00:00.000Z',
    ],
    [
      'ending on the day of the change',
      'Europe/Berlin',
      '2024-03-17T10:00:00.000Z',
      '2024-03-17',
      '2024-03-30T23:00:00.000Z',
    ],
    [
      'in the other half of the year',
      'Australia/Sydney',
      '2024-04-01T00:00:00.000Z',
      '2024-04-01',
      '2024-04-14T14:00:00.000Z',
    ],
    // Lebanon changes its clocks at midnight: 31 March began at 01:00 there.
    [
      'where the day has no midnight',
      'Asia/Beirut',
      '2024-03-17T10:00:00.000Z',
      '2024-03-17',
      '2024-03-30T22:00:00.000Z',
    ],
  ])('%s, in %s from %s', (_what, zone, now, startDate, trialEndsAt) => {
    const subscription = begin({ zone, now });
    expect(subscription).toMatchObject({ status: 'trial', startDate, trialEndsAt });
    expect(subscription.currentPeriod).toEqual({ from: startDate, to: addDays(startDate, 14) });
  });
});

describe('without a trial', () => {
  it.each<[NewSubscriptionInput['billingCycle'], string, string, string]>([
    ['monthly', '2024-01-31T12:00:00.000Z', '2024-01-31', '2024-02-29'],
    ['monthly', '2023-01-31T12:00:00.000Z', '2023-01-31', '2023-02-28'],
    ['monthly', '2024-12-15T12:00:00.000Z', '2024-12-15', '2025-01-15'],
    ['yearly', '2024-02-29T12:00:00.000Z', '2024-02-29', '2025-02-28'],
    ['yearly', '2023-03-01T12:00:00.000Z', '2023-03-01', '2024-03-01'],
  ])('it is active for a first %s period from %s', (billingCycle, now, from, to) => {
    expect(begin({ billingCycle, now, plan: { ...plan, trialDays: 0 } })).toMatchObject({
      status: 'active',
      billingCycle,
      startDate: from,
      currentPeriod: { from, to },
      trialEndsAt: null,
    });
  });
});

it('a trial lasts as long whatever the billing cycle', () => {
  const { currentPeriod, trialEndsAt } = begin();
  expect(begin({ billingCycle: 'yearly' })).toMatchObject({ currentPeriod, trialEndsAt });
});

it('a trial ends as the local day startDate + trialDays begins', () => {
  const zones = [
    'UTC',
    'Asia/Tokyo',
    'America/New_York',
    'Europe/Berlin',
    'Asia/Beirut',
    'Pacific/Apia',
    'America/St_Johns',
  ];
  const noon = fc.date({ min: new Date('2005-01-01'), max: new Date('2035-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      noon,
      fc.integer({ min: 1, max: 730 }),
      (zone, date, trialDays) => {
        const now = date.toISOString();
        const subscription = begin({ zone, now, plan: { ...plan, trialDays } });
        const timezone = timeZoneOf(zone);
        const last = addDays(localDateOf(now, timezone), trialDays);
        expect(subscription.startDate).toBe(localDateOf(now, timezone));
        expect(subscription.currentPeriod.to).toBe(last);
        expect(subscription.trialEndsAt).toBe(startOfLocalDay(last, timezone));
        expect(Date.parse(subscription.trialEndsAt ?? '')).toBeGreaterThan(date.getTime());
      },
    ),
  );
});
