import { currencyOf, timeZoneOf } from '@landlord/kernel/pure';
import { beginSubscription, type NewSubscriptionInput, type Subscription } from './subscription.js';

type Begin = Omit<Partial<NewSubscriptionInput>, 'timezone' | 'plan'> & { zone?: string; trialDays?: number };

/** A subscription of `team`, version 1, begun at `now` without a trial unless said. */
export function begun(
  { zone = 'UTC', trialDays = 0, now = '2024-01-31T09:00:00.000Z', ...rest }: Begin = {},
  change: Partial<Subscription> = {},
): Subscription {
  const plan = { code: 'team', version: 1, trialDays };
  const base = { code: 'SUB-001', plan, billingCycle: 'monthly' as const, currency: currencyOf('USD'), now };
  return { ...beginSubscription({ ...base, ...rest, timezone: timeZoneOf(zone) }), ...change };
}
