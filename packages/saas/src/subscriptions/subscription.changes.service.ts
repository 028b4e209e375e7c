import {
  CLOCK,
  type Clock,
  CommandService,
  type InvokeContext,
  type Item,
  invalidInput,
  LandlordError,
  localDateOf,
  notFound,
  requireTenant,
  untilUncontended,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { type Plan } from '../plans/plan.js';
import { requirePriced } from '../plans/plan.price.js';
import { PlanService } from '../plans/plan.service.js';
import { begunAnew, codeAfter } from './subscription.anew.js';
import { changeCommands, SubscriptionDueWork } from './subscription.due.service.js';
import { createEventCommands } from './subscription.event.item.js';
import { SubscriptionFacts } from './subscription.facts.service.js';
import { type Check, SubscriptionInUse } from './subscription.in-use.service.js';
import { createSubscriptionCommand, subscriptionFromItem, subscriptionView } from './subscription.item.js';
import { isLive, type Subscription } from './subscription.js';
import { decide, type RequestedCommand } from './subscription.lifecycle.js';
import { type PauseInput } from './subscription.pause.js';
import { type ScheduledKind, scheduledOf } from './subscription.scheduled.js';
import {
  type ActivateInput,
  type ChangePlanInput,
  type QuantityInput,
  type SubscriptionView,
} from './subscription.schema.js';
import { SubscriptionService } from './subscription.service.js';
import { type Decision, refusalOf } from './subscription.transitions.js';

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
    { ifMatch, ...chosen }: ChangePlanInput & { ifMatch: number | null },
  ): Promise<SubscriptionView> {
    const tenantCode = requireTenant(context);
    return this.change(context, ifMatch, (before) => this.facts.planChange(tenantCode, before, chosen));
  }

  /** More or less of the own plan, as it was signed. */
  changeQuantity(
    context: InvokeContext,
    { quantity, when, ifMatch }: QuantityInput & { ifMatch: number | null },
  ): Promise<SubscriptionView> {
    const tenantCode = requireTenant(context);
    return this.change(context, ifMatch, (before) =>
      this.facts.planChange(tenantCode, before, { planCode: before.planCode, quantity, when }),
    );
  }

  /** `validation_failed` for a day to resume on that is not still to come. */
  pause(
    context: InvokeContext,
    { ifMatch, ...input }: PauseInput & { ifMatch: number | null },
  ): Promise<SubscriptionView> {
    return this.change(context, ifMatch, ({ timezone }) => {
      const today = localDateOf(this.clock.now(), timezone);
      if (input.resumesOn !== null && input.resumesOn <= today)
        throw invalidInput('resumesOn', `must be after ${today}, today in ${timezone}`);
      return { command: { kind: 'pause', ...input } };
    });
  }

  /** Takes back one of the things that wait; `not_found` when it does not. A migration is the operator's to take back. */
  revoke(
    context: InvokeContext,
    { scheduled, ifMatch }: { scheduled: ScheduledKind; ifMatch: number | null },
  ): Promise<SubscriptionView> {
    return this.change(context, ifMatch, (before) => {
      if (!scheduledOf(before).some(({ kind }) => kind === scheduled))
        throw notFound(`scheduled change "${scheduled}"`);
      if (scheduled === 'plan_version' && !context.user.roles.includes('system_admin'))
        throw new LandlordError('forbidden', 'what the operator scheduled only the operator takes back');
      return { command: { kind: 'revoke', scheduled } };
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
    return this.uncontended(context, ifMatch, async (item) => {
      const before = subscriptionFromItem(item);
      if (!isLive(before)) return this.beginAnew(context, item, input);
      const { planCode = before.planCode, quantity = before.quantity, ...rest } = input;
      if (planCode !== before.planCode || quantity !== before.quantity)
        throw new LandlordError(
          'invalid_transition',
          `subscription ${before.code} is ${before.status}: PATCH /subscription/plan changes its plan and quantity, before or after`,
        );
      return this.commit(context, item, { command: { kind: 'activate', ...rest } });
    });
  }

  private change(context: InvokeContext, ifMatch: number | null, asked: Asked): Promise<SubscriptionView> {
    return this.uncontended(context, ifMatch, async (item) =>
      this.commit(context, item, await asked(subscriptionFromItem(item))),
    );
  }

  /** Who named a version is told when the subscription moved, not when only the usage did that a change rests on. */
  private uncontended(
    context: InvokeContext,
    ifMatch: number | null,
    work: (item: Item) => Promise<SubscriptionView>,
  ): Promise<SubscriptionView> {
    const hasMoved = async () => (await this.subscriptions.currentItem(context)).version !== ifMatch;
    return untilUncontended(ifMatch, async () => work(await this.currentItem(context, ifMatch)), hasMoved);
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
    const {
      planCode = before.planCode,
      billingCycle = before.billingCycle,
      quantity = before.quantity,
    } = input;
    const plan: Plan = await this.planService.chosen(planCode, 'planCode');
    const currency = before.currency ?? plan.currency;
    requirePriced(plan, { currency, quantity }, 'planCode');
    const from = await this.facts.version(before.planCode, before.planVersion);
    const fit = await this.facts.requireFit(tenantCode, { from, to: plan });
    const { timezone } = await this.inUse.tenant(tenantCode);
    const { subscription, events } = begunAnew({
      code: codeAfter(before.code),
      plan,
      billingCycle,
      quantity,
      currency,
      timezone,
      now: this.clock.now(),
      paymentMethodId: input.paymentMethodId ?? before.paymentMethodId,
      previous: before.code,
    });
    const commands = [
      createSubscriptionCommand(tenantCode, subscription),
      ...createEventCommands(tenantCode, { subscription, version: 1 }, events),
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
  throw refusalOf(decision);
}
