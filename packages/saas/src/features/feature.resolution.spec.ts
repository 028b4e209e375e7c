import { type JsonValue } from '@landlord/kernel/pure';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type SettingAuthor, stateAfterWrite } from '../settings/setting.change.js';
import { type Setting, type SettingLevel } from '../settings/setting.js';
import { type FeatureBase } from './feature.js';
import { nextNames } from './feature.names.js';
import { decideFeature } from './feature.resolution.js';

const OPERATOR: SettingAuthor = { name: 'feature.sso', isOperator: true };
const TENANT: SettingAuthor = { name: 'feature.sso', isOperator: false };

type Write = readonly [SettingLevel, SettingAuthor, JsonValue];

/** The writes one after another, as settings from the nearest on. */
function settingsAfter(...writes: readonly Write[]): Setting[] {
  const levels = ['user', 'group', 'tenant', 'common'] as const;
  return levels.flatMap((level): Setting[] => {
    let setting: Setting | null = null;
    const owner = { level, tenantCode: 'acme', source: 'x' };
    for (const [at, author, value] of writes)
      if (at === level)
        setting = { ...stateAfterWrite(setting, value, author), name: 'feature.sso', owner, version: 1 };
    return setting ? [setting] : [];
  });
}

function base(sso: boolean | { enabled: boolean; value: number } | null): FeatureBase {
  const said = typeof sso === 'boolean' ? { enabled: sso } : sso;
  return { kind: 'current', tenantCode: 'acme', features: said ? [{ name: 'sso', ...said }] : [] };
}

const on = (level: SettingLevel, author = TENANT): Write => [level, author, true];
const off = (level: SettingLevel, author = TENANT): Write => [level, author, false];

describe('a feature', () => {
  it.each<[boolean | null, Write[], boolean, string, string | null]>([
    [true, [], true, 'plan', null],
    [false, [], false, 'plan', 'disabled_in_plan'],
    [null, [], false, 'none', 'not_in_plan'],
    [true, [off('tenant')], false, 'setting', 'turned_off'],
    [true, [off('tenant'), on('user')], true, 'setting', null],
    [true, [on('tenant'), off('group')], false, 'setting', 'turned_off'],
    [false, [on('tenant')], false, 'plan', 'needs_operator'],
    [null, [on('user')], false, 'none', 'needs_operator'],
    [null, [on('user'), on('group'), on('tenant')], false, 'none', 'needs_operator'],
    [false, [on('tenant', OPERATOR)], true, 'setting', null],
    [null, [on('common', OPERATOR)], true, 'setting', null],
    [null, [on('tenant', OPERATOR), off('tenant')], false, 'setting', 'turned_off'],
    [null, [on('tenant', OPERATOR), off('tenant'), on('tenant')], true, 'setting', null],
    [true, [off('tenant', OPERATOR)], false, 'setting', 'turned_off'],
    [true, [off('tenant', OPERATOR), on('tenant')], false, 'setting', 'needs_operator'],
    [true, [off('tenant', OPERATOR), on('user')], false, 'setting', 'needs_operator'],
    [true, [off('common', OPERATOR), on('tenant', OPERATOR)], true, 'setting', null],
    [null, [on('common', OPERATOR), off('tenant', OPERATOR), on('user')], false, 'setting', 'needs_operator'],
    [true, [off('tenant'), on('user', OPERATOR)], true, 'setting', null],
    [true, [['tenant', OPERATOR, 'yes']], false, 'setting', 'turned_off'],
    [true, [['tenant', TENANT, { enabled: false }]], false, 'setting', 'turned_off'],
  ])('that the plan says is %s, after %j: %s by %s (%s)', (planned, writes, enabled, source, reason) => {
    const feature = decideFeature({ name: 'sso', base: base(planned), settings: settingsAfter(...writes) });
    expect(feature).toMatchObject({ name: 'sso', enabled, source, reason });
  });

  it.each(['no_subscription', 'subscription_ended'] as const)('is off with %s, granted or not', (kind) => {
    const settings = settingsAfter(on('user', OPERATOR), on('common', OPERATOR));
    const feature = { name: 'sso', enabled: false, source: 'none', reason: kind };
    expect(decideFeature({ name: 'sso', base: { kind }, settings })).toEqual(feature);
  });

  it.each<[Write[], number | undefined]>([
    [[], 5],
    [[on('tenant')], 5],
    [[['user', TENANT, { enabled: true, value: 99 }]], 5],
    [[['common', OPERATOR, { enabled: true, value: 7 }]], 7],
    [[['common', OPERATOR, { enabled: true, value: 7 }], ['tenant', OPERATOR, true], on('user')], 7],
    [[off('user')], undefined],
  ])('has the value an operator or the plan gave: after %j it is %s', (writes, value) => {
    const settings = settingsAfter(...writes);
    const planned = base({ enabled: true, value: 5 });
    expect(decideFeature({ name: 'sso', base: planned, settings }).value).toBe(value);
  });

  it.each(['constructor', '__proto__', 'toString', 'x'.repeat(200)])(
    'that nobody knows, %s, is off',
    (name) => {
      expect(decideFeature({ name, base: base(true), settings: [] })).toMatchObject({
        ...{ name, enabled: false, source: 'none' },
      });
    },
  );
});

const levels = fc.constantFrom<SettingLevel[]>('user', 'group', 'tenant', 'common');
const values = fc.oneof(fc.boolean(), fc.record({ enabled: fc.boolean(), value: fc.integer() }));
const writes = fc.array(fc.tuple(levels, fc.constantFrom(OPERATOR, TENANT), values), { maxLength: 8 });

/** Common settings are written by operators alone. */
const possible = writes.map((all) =>
  all.filter(([level, author]): boolean => level !== 'common' || author.isOperator),
);

describe('whatever is written', () => {
  it('by the tenant, it has nothing that operator and plan do not give', () => {
    fc.assert(
      fc.property(possible, fc.option(fc.boolean()), (all, planned) => {
        const decide = (some: readonly Write[]) =>
          decideFeature({ name: 'sso', base: base(planned), settings: settingsAfter(...some) });
        const byOperator = all.filter(([, { isOperator }]) => isOperator);
        const grants = [base(planned).kind === 'current' && planned === true, ...byOperator.map(isOn)];
        const feature = decide(all);
        if (feature.enabled) expect(grants).toContain(true);
        const given = byOperator.map(([, , value]) => (typeof value === 'object' ? value : null));
        if (feature.value !== undefined)
          expect(given).toContainEqual(expect.objectContaining({ value: feature.value }));
      }),
    );
  });

  it('by a tenant alone, it has no more than without', () => {
    fc.assert(
      fc.property(possible, fc.option(fc.boolean()), (all, planned) => {
        const own = all.filter(([, { isOperator }]) => !isOperator);
        const settings = settingsAfter(...own);
        const feature = decideFeature({ name: 'sso', base: base(planned), settings });
        if (planned !== true) expect(feature.enabled).toBe(false);
        expect(feature.value).toBeUndefined();
      }),
    );
  });

  it('by an operator nearest, it holds as said', () => {
    fc.assert(
      fc.property(possible, fc.boolean(), fc.option(fc.boolean()), (all, value, planned) => {
        const settings = settingsAfter(...all, ['user', OPERATOR, value]);
        expect(decideFeature({ name: 'sso', base: base(planned), settings }).enabled).toBe(value);
      }),
    );
  });
});

function isOn([, , value]: Write): boolean {
  return (
    value === true ||
    (typeof value === 'object' && value !== null && 'enabled' in value && value.enabled === true)
  );
}

it('names come in order, each once, page by page', () => {
  const planned = ['é', 'b', 'a'];
  const first = nextNames({ planned, switched: ['b', 'c'], hasMoreSwitched: false, after: null, limit: 2 });
  expect(first).toEqual({ names: ['a', 'b'], hasMore: true });
  const rest = nextNames({ planned, switched: ['c'], hasMoreSwitched: false, after: 'b', limit: 2 });
  expect(rest).toEqual({ names: ['c', 'é'], hasMore: false });
});
