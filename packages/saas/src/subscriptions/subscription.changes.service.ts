import {
  CLOCK,
  type Clock,
  CommandService,
  type InvokeContext,
  type Item,
  LandlordError,
  requireTenant,
  untilUncontended,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { type Plan } from '../plans/plan.js';
import { PlanService } from '../plans/plan.service.js';
import { begunAnew, codeAfter } from './subscription.anew.js';
import { changeCommands, SubscriptionDueWork } from './subscription.due.service.js';
import { createEventCommands } from './subscription.event.item.js';
import { SubscriptionFacts } from './subscription.facts.service.js';
import { type Check, SubscriptionInUse } from './subscription.in-use.service.js';
import { createSubscriptionCommand, subscriptionFromItem, subscriptionView } from './subscription.item.js';
import { isLive, type Subscription } from './subscription.js';
import { decide, type RequestedCommand } from './subscription.lifecycle.js';
import { type ActivateInput, type ChangePlanInput, type SubscriptionView } from './subscription.schema.js';
import { SubscriptionService } from './subscription.service.js';
import { type Decision } from './subscription.transitions.js';

interface Request {
  readonly command: RequestedCommand;
  readonly checks?: readonly Check[];
}

/** `before` is up to date: what was due has been done. */
type Asked = (before: Subscription) => Request | Promise<Request>;

/**
 * What people ask of a subscription. Each call is one unit of work on the version read, so of two at once one is
 * told. Throws `not_found`, `version_conflict`, `invalid_transition` naming both states, `downgrade_blocked`.
 */
@Injectable()
export class SubscriptionChanges {
  constructor(
    private readonly commandService: CommandService,
    private readonly subscriptions: SubscriptionService,
    private readonly dueWork: SubscriptionDueWork,
    private readonly facts: SubscriptionFacts,
    private readonly inUse: SubscriptionInUse,
    private readonly planService: PlanService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Another plan in its newest version, or the own one, as it was signed, with another cycle. */
  changePlan(
    context: InvokeContext,
    { planCode, billingCycle, when, ifMatch }: ChangePlanInput & { ifMatch: number | null },
  ): Promise<SubscriptionView> {
    const tenantCode = requireTenant(context);
    return this.change(context, ifMatch, async (before) => {
      const cycle = billingCycle === undefined ? {} : { billingCycle };
      const from = await this.facts.version(before.planCode, before.planVersion);
      if (!isLive(before)) return { command: { kind: 'changePlan', plan: from, when, ...cycle } };
      const plan = planCode === before.planCode ? from : await this.planService.chosen(planCode, 'planCode');
      const checks = await this.facts.requireFit(tenantCode, { from, to: plan });
      const command = { kind: 'changePlan' as const, plan, when, ...cycle };
      return { command, checks: when === 'now' ? checks : [] };
    });
  }

  request(
    context: InvokeContext,
    { command, ifMatch }: { command: RequestedCommand; ifMatch: number | null },
  ): Promise<SubscriptionView> {
    return this.change(context, ifMatch, () => ({ command }));
  }

  /** Ends a trial today; where the subscription has ended, begins another. */
  activate(
    context: InvokeContext,
    { ifMatch, ...input }: ActivateInput & { ifMatch: number | null },
  ): Promise<SubscriptionView> {
    return untilUncontended(ifMatch, async () => {
      const item = await this.currentItem(context, ifMatch);
      const before = subscriptionFromItem(item);
      if (!isLive(before)) return this.beginAnew(context, item, input);
      const { planCode = before.planCode, ...rest } = input;
      if (planCode !== before.planCode)
        throw new LandlordError(
          'invalid_transition',
          `subscription ${before.code} is ${before.status}: PATCH /subscription/plan changes its plan, before or after`,
        );
      return this.commit(context, item, { command: { kind: 'activate', ...rest } });
    });
  }

  private change(context: InvokeContext, ifMatch: number | null, asked: Asked): Promise<SubscriptionView> {
    return untilUncontended(ifMatch, async () => {
      const item = await this.currentItem(context, ifMatch);
      return this.commit(context, item, await asked(subscriptionFromItem(item)));
    });
  }

  private async commit(context: InvokeContext, item: Item, { command, checks = [] }: Request) {
    const before = subscriptionFromItem(item);
    const options = { userId: context.user.userId, isTurning: command.kind === 'activate' };
    const { facts, checks: found } = await this.facts.of(item.tenantCode, before, options);
    const commands = commandsOf(item, decide(before, command, facts));
    const respond = ([changed = null]: readonly (Item | null)[]) => subscriptionView(changed ?? item);
    const unit = { commands, checks: commands.length === 0 ? [] : [...checks, ...found], respond };
    return this.commandService.commit(unit, { invokeContext: context });
  }

  /** Rests on the old one as it ended, and on nobody having begun the new one. */
  private async beginAnew(
    context: InvokeContext,
    old: Item,
    input: ActivateInput,
  ): Promise<SubscriptionView> {
    const { tenantCode, pk, sk, version } = old;
    const before = subscriptionFromItem(old);
    const { planCode = before.planCode, billingCycle = before.billingCycle } = input;
    const plan: Plan = await this.planService.chosen(planCode, 'planCode');
    const from = await this.facts.version(before.planCode, before.planVersion);
    const fit = await this.facts.requireFit(tenantCode, { from, to: plan });
    const { timezone } = await this.inUse.tenant(tenantCode);
    const { subscription, event } = begunAnew({
      code: codeAfter(before.code),
      plan,
      billingCycle,
      timezone,
      now: this.clock.now(),
      paymentMethodId: input.paymentMethodId ?? before.paymentMethodId,
      previous: before.code,
    });
    const { code } = subscription;
    const commands = [
      createSubscriptionCommand(tenantCode, subscription),
      ...createEventCommands(tenantCode, { code, version: 1 }, [event]),
    ];
    const respond = ([created = null]: readonly (Item | null)[]) => subscriptionView(created ?? old);
    const checks = [{ pk, sk, version }, ...fit];
    return this.commandService.commit({ commands, checks, respond }, { invokeContext: context });
  }

  /** With what time brought until now. */
  private async currentItem(context: InvokeContext, ifMatch: number | null): Promise<Item> {
    const found = await this.subscriptions.currentItem(context);
    await this.dueWork.bringUpToDate(found, this.clock.now());
    const item = await this.subscriptions.currentItem(context);
    if (ifMatch === null || ifMatch === item.version) return item;
    throw new LandlordError(
      'version_conflict',
      `the subscription is at version ${item.version}, not ${ifMatch}; read it again and repeat the change`,
      { facts: { currentVersion: item.version, givenVersion: ifMatch } },
    );
  }
}

function commandsOf(item: Item, decision: Decision) {
  if (decision.kind === 'unchanged') return [];
  if (decision.kind === 'changed') return changeCommands(item, decision);
  const { from, to, message } = decision;
  throw new LandlordError('invalid_transition', message, { facts: { from, to } });
}
