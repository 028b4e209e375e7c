import { type Instant, LandlordError } from '@landlord/kernel/pure';
import { type LifecycleEvent, periodData, termsOf } from './subscription.event.js';
import { beginSubscription, type NewSubscriptionInput, type Subscription } from './subscription.js';

/** Codes are sorted as text, so that they have as many digits each. */
const CODE_DIGITS = 3;
const CODE_LIMIT = 10 ** CODE_DIGITS - 1;

/** `SUB-002` after `SUB-001`. */
export function codeAfter(code: string): string {
  const next = Number(code.slice(code.indexOf('-') + 1)) + 1;
  if (next <= CODE_LIMIT) return `SUB-${String(next).padStart(CODE_DIGITS, '0')}`;
  throw new LandlordError(
    'invalid_transition',
    `a tenant has at most ${CODE_LIMIT} subscriptions, one after the other`,
  );
}

export type AnewInput = NewSubscriptionInput &
  Pick<Subscription, 'paymentMethodId'> & { readonly previous: string };

export interface Begun {
  readonly subscription: Subscription;
  readonly events: readonly LifecycleEvent[];
}

/** Who comes back has had the trial. */
export function begunAnew({ previous, paymentMethodId, plan, ...input }: AnewInput): Begun {
  const begun = beginSubscription({
    ...input,
    plan: { code: plan.code, version: plan.version, trialDays: 0 },
  });
  return withEvents({ ...begun, paymentMethodId }, { now: input.now, previous });
}

/** A tenant's first subscription. */
export function begun(input: NewSubscriptionInput): Begun {
  return withEvents(beginSubscription(input), { now: input.now, previous: null });
}

function withEvents(
  subscription: Subscription,
  { now, previous }: { now: Instant; previous: string | null },
): Begun {
  const { status, trialEndsAt } = subscription;
  const data = { ...termsOf(subscription), period: periodData(subscription), previous };
  const events: LifecycleEvent[] = [
    { name: 'subscription.created', effectiveAt: now, data: { ...data, status, trialEndsAt } },
  ];
  if (status === 'active') events.push({ name: 'subscription.activated', effectiveAt: now, data });
  return { subscription, events };
}
