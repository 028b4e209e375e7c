import { type Command, type InvokeContext } from '@landlord/kernel';
import { timeZoneOf } from '@landlord/kernel/pure';
import { type ExecutionContext } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { MasterService } from '../master/master.service.js';
import { createPlanCommands } from '../plans/plan.item.js';
import { type Plan } from '../plans/plan.js';
import { PlanService } from '../plans/plan.service.js';
import { SEED_PLANS } from '../plans/seed-plans.js';
import { caller, NOW, openSettings } from '../settings/settings.fixture.js';
import { createSubscriptionCommand } from '../subscriptions/subscription.item.js';
import { beginSubscription, type SubscriptionStatus } from '../subscriptions/subscription.js';
import { SubscriptionService } from '../subscriptions/subscription.service.js';
import { TenantChainService } from '../tenants/tenant-chain.service.js';
import { FeatureService } from './feature.service.js';
import { FeatureGuard, RequiresFeature } from './requires-feature.service.js';

const admin = caller('admin');
const member = caller('member');
const operator = caller('system_admin', 'acme');

const [starter] = SEED_PLANS;
const FEATURES = [
  { name: 'sso', enabled: true },
  { name: 'seats', enabled: true, value: 5 },
  { name: 'export', enabled: false },
  { name: 'Zed é', enabled: true },
];

function planNamed(code: string, features: Plan['features'], version = 1): Plan {
  if (!starter) throw new Error('there are seeded plans');
  return { ...starter, code, version, features };
}

function subscribed(tenantCode: string, plan: Plan, status: SubscriptionStatus = 'active'): Command {
  const begun = {
    code: 'SUB-001',
    plan,
    billingCycle: 'monthly' as const,
    currency: plan.currency,
    timezone: timeZoneOf('UTC'),
    now: NOW,
  };
  return createSubscriptionCommand(tenantCode, { ...beginSubscription(begun), status });
}

/** `acme` lives on the subscription of `holding`. */
function openFeatures(status: SubscriptionStatus | null = 'active') {
  const opened = openSettings();
  const { memory, store, commands, data, reader } = opened;
  const plan = planNamed('gold', FEATURES);
  memory.put(...createPlanCommands(plan));
  if (status) memory.put(subscribed('holding', plan, status));
  memory.put(...createPlanCommands(planNamed('bare', [])), subscribed('rival', planNamed('bare', [])));
  const plans = new PlanService(commands, data, new MasterService(data));
  const features = new FeatureService(
    new TenantChainService(store),
    reader,
    new SubscriptionService(data),
    plans,
  );
  return { ...opened, features };
}

describe('features', () => {
  it('are those of the plan of the ancestor that pays', async () => {
    const { features } = openFeatures();
    expect(await features.get('sso', member)).toEqual({
      name: 'sso',
      enabled: true,
      source: 'plan',
      reason: null,
    });
    expect(await features.get('seats', member)).toMatchObject({ enabled: true, value: 5 });
    expect(await features.isEnabled('export', member)).toBe(false);
    expect(await features.isEnabled('sso', caller('member', 'holding'))).toBe(true);
    expect(await features.isEnabled('sso', caller('member', 'rival'))).toBe(false);
  });

  it.each<[SubscriptionStatus | null, boolean, string | null]>([
    ['trial', true, null],
    ['past_due', true, null],
    ['cancelled', false, 'subscription_ended'],
    ['expired', false, 'subscription_ended'],
    [null, false, 'no_subscription'],
  ])('of a subscription %s are on: %s', async (status, enabled, reason) => {
    expect(await openFeatures(status).features.get('sso', member)).toMatchObject({ enabled, reason });
  });

  it('stay those of the version that was signed', async () => {
    const { features, memory } = openFeatures();
    const [newest] = createPlanCommands(planNamed('gold', [], 2));
    if (newest?.kind !== 'full') throw new Error('a plan is written as a whole');
    memory.put({ ...newest, version: 1 });
    expect(await features.isEnabled('sso', member)).toBe(true);
  });

  it.each(['nothing', 'constructor', '__proto__', 'a#b', 'x'.repeat(200), 'é'])(
    '%s is off, not refused',
    async (name) => {
      expect(await openFeatures().features.get(name, member)).toEqual({
        ...{ name, enabled: false, source: 'none', reason: 'not_in_plan' },
      });
    },
  );
});

describe('settings on top', () => {
  it('let an admin turn off and on again, and an operator grant', async () => {
    const { features, settings } = openFeatures();
    const tenant = { level: 'tenant' as const };
    await settings.put('feature.sso', { value: false, ...tenant }, admin);
    expect(await features.get('sso', member)).toMatchObject({
      enabled: false,
      reason: 'turned_off',
      level: 'tenant',
    });
    await settings.put('feature.sso', { value: true, level: 'group', group: 'south' }, admin);
    expect(await features.isEnabled('sso', member)).toBe(true);

    await settings.put('feature.export', { value: true, ...tenant }, admin);
    expect(await features.get('export', member)).toMatchObject({ enabled: false, reason: 'needs_operator' });
    await settings.put('feature.export', { value: true, ...tenant }, operator);
    expect(await features.isEnabled('export', member)).toBe(true);
    await settings.put('feature.export', { value: false, ...tenant }, admin);
    expect(await features.isEnabled('export', member)).toBe(false);
    expect(await settings.delete('feature.export', tenant, admin)).toMatchObject({
      value: true,
      isDeleted: false,
    });
    expect(await features.isEnabled('export', member)).toBe(true);
    await expect(settings.delete('feature.export', tenant, admin)).rejects.toMatchObject({
      code: 'forbidden',
    });
    await settings.delete('feature.export', tenant, operator);
    expect(await features.isEnabled('export', member)).toBe(false);
  });

  it('keep what an operator blocked blocked', async () => {
    const { features, settings } = openFeatures();
    await settings.put('feature.sso', { value: false, level: 'tenant' }, operator);
    for (const target of [{ level: 'tenant' as const }, { level: 'user' as const, userId: 'member' }])
      await settings.put('feature.sso', { value: true, ...target }, admin);
    expect(await features.get('sso', member)).toMatchObject({ enabled: false, reason: 'needs_operator' });
  });

  it('are not for members to write, and give values by operators only', async () => {
    const { features, settings } = openFeatures();
    const own = settings.put('feature.sso', { value: true, level: 'user' }, member);
    await expect(own).rejects.toMatchObject({ code: 'forbidden' });
    const more = { value: { enabled: true, value: 500 }, level: 'tenant' as const };
    await expect(settings.put('feature.seats', more, admin)).rejects.toMatchObject({ code: 'forbidden' });
    await settings.put('feature.seats', more, operator);
    expect(await features.get('seats', member)).toMatchObject({ value: 500 });
  });

  it('are told with explain, and nothing of the plan but what it says of the feature', async () => {
    const { features, settings } = openFeatures();
    await settings.put('feature.seats', { value: false, level: 'tenant' }, admin);
    expect(await features.get('seats', member, { explain: true })).toEqual({
      ...{ name: 'seats', enabled: false, source: 'setting', reason: 'turned_off', level: 'tenant' },
      explain: {
        plan: { tenantCode: 'holding', enabled: true, value: 5 },
        settings: [{ level: 'tenant', source: 'acme', version: 1, value: false, byOperator: false }],
      },
    });
  });
});

it('lists plan and switches together, page by page', async () => {
  const { features, settings } = openFeatures();
  for (const name of ['beta', 'sso', 'zoo'])
    await settings.put(`feature.${name}`, { value: true, level: 'tenant' }, operator);
  await settings.put('featureless', { value: 1, level: 'tenant' }, operator);
  for (const limit of [1, 2, 3, 50]) {
    const shown: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await features.list({ limit, ...(cursor ? { cursor } : {}) }, member);
      shown.push(...page.items.map(({ name, enabled }) => `${name} ${enabled}`));
      cursor = page.nextCursor;
    } while (cursor !== null);
    const expected = ['Zed é true', 'beta true', 'export false', 'seats true', 'sso true', 'zoo true'];
    expect(shown).toEqual(expected);
  }
});

@RequiresFeature('sso')
class SignOnController {
  open(): void {}

  @RequiresFeature('export')
  exported(): void {}
}

describe('a route that requires features', () => {
  function execution(handler: () => void, invokeContext: InvokeContext | undefined): ExecutionContext {
    const switchToHttp = () => ({ getRequest: () => ({ invokeContext }) });
    const context = { switchToHttp, getClass: () => SignOnController, getHandler: () => handler };
    return context as unknown as ExecutionContext;
  }
  const { open, exported } = SignOnController.prototype;

  it('opens with those of its controller and its own', async () => {
    const { features, settings } = openFeatures();
    const guard = new FeatureGuard(features);
    expect(await guard.canActivate(execution(open, member))).toBe(true);
    await expect(guard.canActivate(execution(exported, member))).rejects.toMatchObject({
      ...{ code: 'forbidden', facts: { feature: 'export', reason: 'disabled_in_plan' } },
    });
    await settings.put('feature.export', { value: true, level: 'tenant' }, operator);
    expect(await guard.canActivate(execution(exported, member))).toBe(true);
    await settings.put('feature.sso', { value: false, level: 'tenant' }, admin);
    await expect(guard.canActivate(execution(open, member))).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('stays closed to strangers', async () => {
    const guard = new FeatureGuard(openFeatures().features);
    await expect(guard.canActivate(execution(open, undefined))).rejects.toMatchObject({
      code: 'unauthenticated',
    });
  });
});
