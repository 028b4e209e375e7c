import { CLOCK, type Clock, type Instant, LandlordError } from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { type Plan } from '../plans/plan.js';
import { requirePriced } from '../plans/plan.price.js';
import { PlanService } from '../plans/plan.service.js';
import { downgradeBlocked, excessOf, loweredLimits } from './subscription.downgrade.js';
import { type Check, SubscriptionInUse } from './subscription.in-use.service.js';
import { isLive, type ScheduledChange, type Subscription } from './subscription.js';
import { type RequestedCommand } from './subscription.lifecycle.js';
import { type ChangePlanInput } from './subscription.schema.js';
import { type LifecycleFacts, type ScheduledOutcome } from './subscription.transitions.js';
import { migrationIn } from './subscription.waiting.js';

export interface Facts {
  readonly facts: LifecycleFacts;
  /** What must not have changed when a decision on them is committed. */
  readonly checks: readonly Check[];
}

/** Looks up what a decision on a subscription rests on. */
@Injectable()
export class SubscriptionFacts {
  constructor(
    private readonly planService: PlanService,
    private readonly inUse: SubscriptionInUse,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** With `isTurning` also whether the scheduled change can be made. */
  async of(
    tenantCode: string,
    subscription: Subscription,
    { userId, isTurning, now = this.clock.now() }: { userId: string; isTurning: boolean; now?: Instant },
  ): Promise<Facts> {
    const plan = await this.version(subscription.planCode, subscription.planVersion);
    const change = isTurning ? subscription.scheduledChange : null;
    if (!change) return { facts: { now, userId, plan, scheduled: null }, checks: [] };
    const { scheduled, checks } = await this.outcomeOf(change, { tenantCode, subscription, plan, now });
    return { facts: { now, userId, plan, scheduled }, checks };
  }

  /** Throws `downgrade_blocked` naming all that is in use beyond the limits of `to`. Returns what must stay as it is. */
  async requireFit(
    tenantCode: string,
    { from, to, now = this.clock.now() }: { from: Plan; to: Plan; now?: Instant },
  ): Promise<readonly Check[]> {
    const limits = loweredLimits(from, to);
    if (limits.size === 0) return [];
    const { byMetric, checks } = await this.inUse.of(tenantCode, now);
    const excess = excessOf(limits, byMetric);
    if (excess.length > 0) throw downgradeBlocked(to.code, excess);
    return checks;
  }

  /** What a wish for other terms comes to, and what must not have changed when it is granted at once. */
  async planChange(
    tenantCode: string,
    before: Subscription,
    { planCode, ...chosen }: ChangePlanInput,
  ): Promise<{ command: RequestedCommand; checks: readonly Check[] }> {
    const from = await this.version(before.planCode, before.planVersion);
    if (!isLive(before)) return { command: { kind: 'changePlan', plan: from, ...chosen }, checks: [] };
    const plan = planCode === before.planCode ? from : await this.planService.chosen(planCode, 'planCode');
    const { quantity = before.quantity } = chosen;
    requirePriced(plan, { currency: before.currency ?? from.currency, quantity }, 'planCode');
    const checks = await this.requireFit(tenantCode, { from, to: plan });
    return { command: { kind: 'changePlan', plan, ...chosen }, checks: chosen.when === 'now' ? checks : [] };
  }

  /** Throws `not_found` with a reason that can be read. */
  async version(code: string, version: number): Promise<Plan> {
    const plan = await this.planService.findVersion(code, version);
    if (plan) return plan;
    throw new LandlordError('not_found', `plan ${code} has no version ${version}`);
  }

  private async outcomeOf(
    change: ScheduledChange,
    { tenantCode, subscription, plan: from, now }: Turn,
  ): Promise<{ scheduled: ScheduledOutcome; checks: readonly Check[] }> {
    try {
      const to = await this.planOf(change, subscription);
      const checks = change.kind === 'plan' ? await this.requireFit(tenantCode, { from, to, now }) : [];
      return { scheduled: { kind: 'possible', plan: to }, checks };
    } catch (error) {
      if (!isReason(error)) throw error;
      return { scheduled: { kind: 'impossible', reason: error.message }, checks: [] };
    }
  }

  /** Another plan must still be offered; of the own one the newest version agreed on since is kept. */
  private async planOf(
    change: ScheduledChange,
    { planCode, planVersion, currency }: Subscription,
  ): Promise<Plan> {
    if (change.kind === 'plan_version') return this.version(planCode, change.planVersion);
    if (change.planCode === planCode)
      return this.version(
        planCode,
        Math.max(change.planVersion, planVersion, migrationIn(change)?.planVersion ?? 0),
      );
    await this.planService.chosen(change.planCode, 'planCode');
    const plan = await this.version(change.planCode, change.planVersion);
    if (currency !== null) requirePriced(plan, { currency, quantity: change.quantity }, 'planCode');
    return plan;
  }
}

interface Turn {
  readonly tenantCode: string;
  readonly subscription: Subscription;
  readonly plan: Plan;
  readonly now: Instant;
}

/** Against the change itself, not against looking at it. */
function isReason(error: unknown): error is LandlordError {
  const codes = ['not_found', 'validation_failed', 'downgrade_blocked'];
  return error instanceof LandlordError && codes.includes(error.code);
}
