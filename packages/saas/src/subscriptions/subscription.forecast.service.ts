import {
  CLOCK,
  type Clock,
  type Instant,
  type InvokeContext,
  type Item,
  requireTenant,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { dueWorkOf, turnsPeriod } from './subscription.due.js';
import { SCHEDULER_CONTEXT } from './subscription.due.service.js';
import { type LifecycleEvent } from './subscription.event.js';
import { SubscriptionFacts } from './subscription.facts.service.js';
import { subscriptionFromItem } from './subscription.item.js';
import { type Subscription } from './subscription.js';
import { decide, type LifecycleCommand } from './subscription.lifecycle.js';
import { type ChangePlanInput } from './subscription.schema.js';
import { SubscriptionService } from './subscription.service.js';
import { refusalOf } from './subscription.transitions.js';

/** A version that a subscription would have, and the events that would tell of it. */
export interface ForecastStep {
  readonly version: number;
  readonly subscription: Subscription;
  readonly events: readonly LifecycleEvent[];
}

export interface Forecast {
  /** The subscription as it was read. */
  readonly item: Item;
  /** What would come before the change takes effect, in order. */
  readonly steps: readonly ForecastStep[];
  /** With which the change takes effect; null where it changes nothing, or nobody knows when. */
  readonly effective: ForecastStep | null;
  /** Null while a pause makes the period stand still. */
  readonly effectiveAt: Instant | null;
  /** As it would be then. */
  readonly subscription: Subscription;
}

interface Place {
  readonly tenantCode: string;
  readonly version: number;
  readonly subscription: Subscription;
}

/** More than a monthly subscription needs from 1970 to 9990. */
const STEPS_LIMIT = 100_000;

/** What a change would come to, by the rules of the change itself. Nothing is written. */
@Injectable()
export class SubscriptionForecast {
  constructor(
    private readonly subscriptions: SubscriptionService,
    private readonly facts: SubscriptionFacts,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Throws all that the change would: `not_found`, `validation_failed`, `invalid_transition`, `downgrade_blocked`. */
  async ofPlanChange(context: InvokeContext, input: ChangePlanInput): Promise<Forecast> {
    const tenantCode = requireTenant(context);
    const item = await this.subscriptions.currentItem(context);
    const now = this.clock.now();
    const start = { tenantCode, version: item.version, subscription: subscriptionFromItem(item) };
    const steps = await this.due(start, now);
    const before = placeAfter(steps, start);
    const { command } = await this.facts.planChange(tenantCode, before.subscription, input);
    const asked = await this.step(before, { command, now, userId: context.user.userId });
    const base = { item, steps, effective: null, effectiveAt: now, subscription: before.subscription };
    return asked ? this.untilEffective({ ...base, subscription: asked.subscription }, asked) : base;
  }

  /** A change that waits takes effect with the step that makes or drops it. */
  private async untilEffective(forecast: Forecast, asked: ForecastStep): Promise<Forecast> {
    const { tenantCode } = forecast.item;
    const steps = [...forecast.steps];
    let [step, effectiveAt] = [asked, forecast.effectiveAt];
    while (step.subscription.scheduledChange && steps.length < STEPS_LIMIT) {
      steps.push(step);
      const at = dueWorkOf(step.subscription)?.at ?? null;
      const next = at && (await this.dueStep({ ...withPayment(step), tenantCode }, at));
      if (!next) return { ...forecast, steps, effectiveAt: null };
      [step, effectiveAt] = [next, at];
    }
    return { ...forecast, steps, effective: step, effectiveAt, subscription: step.subscription };
  }

  private async due(start: Place, until: Instant): Promise<ForecastStep[]> {
    const steps: ForecastStep[] = [];
    while (steps.length < STEPS_LIMIT) {
      const step = await this.dueStep(placeAfter(steps, start), until);
      if (!step) break;
      steps.push(step);
    }
    return steps;
  }

  /** The next thing that time brings by `until`; null when it brings nothing. */
  private async dueStep(place: Place, until: Instant): Promise<ForecastStep | null> {
    const work = dueWorkOf(place.subscription);
    if (!work || work.at > until) return null;
    return this.step(place, { command: work.command, now: until, userId: SCHEDULER_CONTEXT.user.userId });
  }

  private async step(
    { tenantCode, version, subscription }: Place,
    { command, now, userId }: { command: LifecycleCommand; now: Instant; userId: string },
  ): Promise<ForecastStep | null> {
    const options = { userId, isTurning: turnsPeriod(command), now };
    const { facts } = await this.facts.of(tenantCode, subscription, options);
    const decision = decide(subscription, command, facts);
    if (decision.kind === 'refused') throw refusalOf(decision);
    if (decision.kind === 'unchanged') return null;
    return { version: version + 1, subscription: decision.subscription, events: decision.events };
  }
}

/** Somebody who asks what it will cost means to pay: a trial is not taken to expire for want of a means to. */
function withPayment(step: ForecastStep): ForecastStep {
  const { subscription } = step;
  const paymentMethodId = subscription.paymentMethodId ?? 'to-be-given';
  return { ...step, subscription: { ...subscription, paymentMethodId } };
}

function placeAfter(steps: readonly ForecastStep[], start: Place): Place {
  const last = steps.at(-1);
  return last ? { ...start, ...last } : start;
}
