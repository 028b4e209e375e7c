import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { begun } from './subscription.fixture.js';
import { type Subscription } from './subscription.js';
import { big, plan } from './subscription.lifecycle.fixture.js';
import { decide, type LifecycleCommand } from './subscription.lifecycle.js';
import { type MigrationInput, migrate } from './subscription.migration.js';
import { type LifecycleFacts } from './subscription.transitions.js';

const input: MigrationInput = {
  planCode: 'team',
  toVersion: 3,
  fromVersions: null,
  when: 'now',
  requestedAt: '2024-02-01T00:00:00.000Z',
  requestedBy: 'operator',
};

const pending = (planVersion: number) =>
  ({
    kind: 'plan_version',
    planVersion,
    effective: 'renewal',
    requestedAt: input.requestedAt,
    requestedBy: 'x',
  }) as const;

const chosen = {
  kind: 'plan',
  planCode: 'other',
  planVersion: 1,
  billingCycle: 'yearly',
  quantity: 1,
  effective: 'period_end',
  requestedAt: input.requestedAt,
  requestedBy: 'usr-1',
} as const;

describe('a migration', () => {
  it.each<[string, Partial<Subscription>, Partial<MigrationInput>, Partial<Subscription>]>([
    ['moves an older version now', {}, {}, { planVersion: 3, scheduledChange: null }],
    ['moves one of those named', { planVersion: 2 }, { fromVersions: [2] }, { planVersion: 3 }],
    ['moves a trial, too', { status: 'trial' }, {}, { planVersion: 3, status: 'trial' }],
    [
      'moves now what was to wait',
      { scheduledChange: pending(3) },
      {},
      { planVersion: 3, scheduledChange: null },
    ],
    [
      'leaves what is to go further',
      { scheduledChange: pending(4) },
      {},
      { planVersion: 3, scheduledChange: pending(4) },
    ],
    [
      'leaves what the tenant chose',
      { scheduledChange: chosen },
      {},
      { planVersion: 3, scheduledChange: chosen },
    ],
    [
      'waits for the renewal',
      {},
      { when: 'renewal' },
      { planVersion: 1, scheduledChange: { ...pending(3), requestedBy: 'operator' } },
    ],
    [
      'waits with a newer version than before',
      { scheduledChange: pending(2) },
      { when: 'renewal' },
      { planVersion: 1, scheduledChange: { ...pending(3), requestedBy: 'operator' } },
    ],
  ])('%s', (_what, subscription, change, expected) => {
    expect(migrate(begun({}, subscription), { ...input, ...change })).toMatchObject({
      kind: 'move',
      subscription: expected,
    });
  });

  it.each<[string, Partial<Subscription>, Partial<MigrationInput>]>([
    ['ended', { status: 'cancelled' }, {}],
    ['ended', { status: 'expired' }, {}],
    ['other_plan', { planCode: 'solo' }, {}],
    ['already_there', { planVersion: 3 }, {}],
    ['already_there', { planVersion: 4 }, {}],
    ['already_there', { planVersion: 3 }, { when: 'renewal' }],
    ['not_from_version', {}, { fromVersions: [2] }],
    ['already_scheduled', { scheduledChange: pending(3) }, { when: 'renewal' }],
    ['already_scheduled', { scheduledChange: pending(4) }, { when: 'renewal' }],
    ['already_scheduled', { scheduledChange: chosen }, { when: 'renewal' }],
  ])('skips with the reason %s: %o %o', (reason, subscription, change) => {
    expect(migrate(begun({}, subscription), { ...input, ...change })).toEqual({ kind: 'skip', reason });
  });

  it('never goes down, and done twice is done once', () => {
    const version = fc.integer({ min: 1, max: 5 });
    const step = fc.record({ toVersion: version, when: fc.constantFrom('now' as const, 'renewal' as const) });
    fc.assert(
      fc.property(version, fc.array(step, { maxLength: 8 }), (planVersion, steps) => {
        let subscription = begun({}, { planVersion });
        for (const each of steps) {
          const decision = migrate(subscription, { ...input, ...each });
          if (decision.kind === 'skip') continue;
          const next = decision.subscription;
          const goal = (of: Subscription) => Math.max(of.planVersion, of.scheduledChange?.planVersion ?? 0);
          expect(next.planVersion).toBeGreaterThanOrEqual(subscription.planVersion);
          expect(goal(next)).toBeGreaterThanOrEqual(goal(subscription));
          expect(migrate(next, { ...input, ...each }).kind).toBe('skip');
          subscription = next;
        }
      }),
    );
  });
});

describe('a migration that waits', () => {
  const at = { now: '2024-02-10T09:00:00.000Z', userId: 'usr-1', scheduled: null, plan };
  const waiting = begun({}, { scheduledChange: pending(2) });
  const asked = (
    subscription: Subscription,
    command: LifecycleCommand,
    change: Partial<LifecycleFacts> = {},
  ) => {
    const decision = decide(subscription, command, { ...at, ...change });
    if (decision.kind !== 'changed') throw new Error(JSON.stringify(decision));
    return { ...decision, names: decision.events.map(({ name }) => name.replace('subscription.', '')) };
  };
  const later = { kind: 'changePlan', plan: big, when: 'period_end' } as const;

  it.each([{ quantity: 5 }, { billingCycle: 'yearly' as const }])('is not taken away by %j now', (change) => {
    const { subscription } = asked(waiting, { kind: 'changePlan', plan, when: 'now', ...change });
    expect(subscription).toMatchObject({ planVersion: 1, scheduledChange: pending(2) });
  });

  it('goes with its plan', () => {
    expect(
      asked(waiting, { kind: 'changePlan', plan: big, when: 'now' }).subscription.scheduledChange,
    ).toBeNull();
  });

  it('waits again when the change in its place is taken back, and is told of again', () => {
    const { subscription: chosen } = asked(waiting, later);
    expect(chosen.scheduledChange).toMatchObject({ kind: 'plan', planCode: 'big', instead: pending(2) });
    for (const command of [
      { kind: 'reactivate' },
      { kind: 'revoke', scheduled: 'plan' },
      { kind: 'changePlan', plan, when: 'now' },
    ] as const) {
      const { subscription, names } = asked(chosen, command);
      expect(subscription.scheduledChange).toEqual(pending(2));
      expect(names).toEqual(['reactivated', 'change_scheduled']);
    }
  });

  it('waits again when the change in its place is dropped', () => {
    const { subscription: chosen } = asked(waiting, later);
    const scheduled = { kind: 'impossible', reason: 'retired' } as const;
    const end = { now: '2024-02-29T00:00:00.000Z', scheduled };
    const { subscription, names } = asked(chosen, { kind: 'renew' }, end);
    expect(names).toEqual(['change_dropped', 'change_scheduled', 'renewed']);
    expect(subscription).toMatchObject({ planCode: 'team', scheduledChange: pending(2) });
  });

  it('is done by then or later, and does not come back', () => {
    const { subscription: chosen } = asked(waiting, later);
    const moved = { ...chosen, planVersion: 2 };
    const { subscription, names } = asked(moved, { kind: 'reactivate' }, { plan: { ...plan, version: 2 } });
    expect([subscription.scheduledChange, names]).toEqual([null, ['reactivated']]);
  });
});
