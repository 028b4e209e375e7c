import { type Instant, localDateOf, periodByIndex, startOfLocalDay } from '@landlord/kernel/pure';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { begun } from './subscription.fixture.js';
import { dueAtOf, type ScheduledChange, type Subscription } from './subscription.js';
import { renew } from './subscription.renewal.js';

const scheduled: ScheduledChange = {
  kind: 'plan_version',
  planVersion: 2,
  effective: 'renewal',
  requestedAt: '2024-02-01T00:00:00.000Z',
  requestedBy: 'operator',
};
const FAR: Instant = '2200-01-01T00:00:00.000Z';

function renewed(subscription: Subscription, until = FAR, isScheduledVersionThere = true) {
  return renew(subscription, { until, isScheduledVersionThere });
}

describe('a renewal', () => {
  it('is due as the day after the period begins in the zone, not a moment before', () => {
    const subscription = begun({ zone: 'Asia/Tokyo' });
    expect(subscription.currentPeriod).toEqual({ from: '2024-01-31', to: '2024-02-29' });
    expect(renewed(subscription, '2024-02-28T14:59:59.999Z')).toBeNull();
    expect(renewed(subscription, '2024-02-28T15:00:00.000Z')).toMatchObject({
      kind: 'renewed',
      subscription: {
        status: 'active',
        currentPeriod: { from: '2024-02-29', to: '2024-03-31' },
        endDate: null,
      },
    });
  });

  it.each<Partial<Subscription>>([
    { status: 'cancelled' },
    { status: 'expired' },
    { status: 'past_due' },
    { status: 'trial', trialEndsAt: '2024-02-01T00:00:00.000Z' },
  ])('is none for %o', (change) => {
    expect(renewed(begun({}, change))).toBeNull();
  });

  it('is an end without automatic renewal, and takes what was scheduled with it', () => {
    const subscription = begun({}, { autoRenew: false, scheduledChange: scheduled });
    const ended = renewed(subscription);
    expect(ended).toEqual({
      kind: 'expired',
      subscription: { ...subscription, status: 'expired', endDate: '2024-02-29', scheduledChange: null },
    });
    expect(ended && dueAtOf(ended.subscription)).toBeNull();
  });

  it('brings the scheduled version', () => {
    expect(renewed(begun({}, { scheduledChange: scheduled }))?.subscription).toMatchObject({
      planVersion: 2,
      scheduledChange: null,
      droppedChange: null,
    });
  });

  it('drops a version that is not there, says why, and renews all the same', () => {
    const subscription = begun({}, { scheduledChange: scheduled });
    expect(renewed(subscription, FAR, false)?.subscription).toMatchObject({
      planVersion: 1,
      scheduledChange: null,
      droppedChange: {
        change: scheduled,
        reason: 'plan team has no version 2',
        droppedAt: '2024-02-29T00:00:00.000Z',
      },
      currentPeriod: { from: '2024-02-29', to: '2024-03-31' },
    });
  });

  it('does not guess where the period is none of its own', () => {
    const odd = begun({}, { currentPeriod: { from: '2024-01-31', to: '2024-02-15' } });
    expect(() => renewed(odd)).toThrow('SUB-001 has a period to 2024-02-15');
  });
});

it('renewals tile time from the anchor, and the last period holds the present', () => {
  const zones = ['UTC', 'Asia/Tokyo', 'America/New_York', 'Asia/Beirut', 'Pacific/Apia', 'America/St_Johns'];
  const instant = (min: string, max: string) =>
    fc
      .date({ min: new Date(min), max: new Date(max), noInvalidDate: true })
      .map((date) => date.toISOString());
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.constantFrom('monthly' as const, 'yearly' as const),
      instant('2005-01-01', '2020-01-01'),
      instant('2020-01-01', '2024-01-01'),
      (zone, billingCycle, now, until) => {
        let subscription = begun({ zone, billingCycle, now });
        const { startDate, timezone } = subscription;
        for (let index = 0; ; index += 1) {
          expect(subscription.currentPeriod).toEqual(periodByIndex(startDate, billingCycle, index));
          const next = renewed(subscription, until);
          if (!next) break;
          expect(next.subscription.currentPeriod.from).toBe(subscription.currentPeriod.to);
          subscription = next.subscription;
        }
        const { from, to } = subscription.currentPeriod;
        expect(startOfLocalDay(from, timezone) <= until && until < startOfLocalDay(to, timezone)).toBe(true);
        const today = localDateOf(until, timezone);
        expect(from <= today && today < to).toBe(true);
      },
    ),
    { numRuns: 60 },
  );
});
