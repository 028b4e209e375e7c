import { type MeterLimit } from '@landlord/kernel';
import { Quantity } from '@landlord/kernel/pure';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { knownSettingFlaw } from '../settings/known-setting.js';
import { type Level } from '../usage/usage.level.js';
import { alertName, crossingsOf, hasRisen } from './alert.js';
import { thresholdsFlaw, thresholdsFrom } from './thresholds.js';

const level = (values: Record<string, string>): Level =>
  new Map(Object.entries(values).map(([name, value]) => [name, Quantity.of(value)]));
const limit = (value: string, metric = 'apiCalls'): MeterLimit => ({
  tenantCode: 'acme',
  metric,
  limit: value,
  isEnforced: true,
});

describe('thresholds that are reached', () => {
  it.each<
    [string, Record<string, string>, Record<string, string> | null, Record<string, number[]>, number[]]
  >([
    ['1000', { apiCalls: '799.999999999' }, null, {}, []],
    ['1000', { apiCalls: '800' }, null, {}, [80]],
    ['1000', { apiCalls: '999.999999999' }, null, {}, [80]],
    ['1000', { apiCalls: '1000' }, null, {}, [80, 100]],
    ['1000', { apiCalls: '500', 'pooled.apiCalls': '500' }, null, {}, [80, 100]],
    ['1000', { apiCalls: '5000' }, null, { apiCalls: [300, 50, 80] }, [50, 80, 100, 300]],
    ['1000', { apiCalls: '1000' }, { apiCalls: '900' }, { apiCalls: [50] }, [100]],
    ['1000', { apiCalls: '1000' }, { apiCalls: '100', 'pooled.apiCalls': '600' }, {}, [80, 100]],
    ['0', { apiCalls: '0' }, null, {}, []],
    ['0', { apiCalls: '0.000000001' }, null, {}, [80, 100]],
    ['3', { apiCalls: '2.4' }, null, { projectCount: [1] }, [80]],
    ['3', {}, null, { apiCalls: [1] }, []],
  ])('of %s: %j after %j with %j are %j', (value, after, before, own, percents) => {
    const watched = { level: level(after), before: before && level(before), limits: [limit(value)], own };
    expect(crossingsOf(watched).map(({ percent }) => percent)).toEqual(percents);
  });

  it('are those of meters with a limit, each once', () => {
    const used = level({ apiCalls: '10', projectCount: '10' });
    const limits = [limit('10'), limit('10'), limit('100', 'storageUsedGb')];
    const found = crossingsOf({ level: used, before: null, limits, own: {} });
    expect(found.map(({ metric, percent }) => [metric, percent])).toEqual([
      ['apiCalls', 80],
      ['apiCalls', 100],
    ]);
  });

  it('over a history of rises are each reached in one step, and together those of the end', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(
        steps,
        fc.uniqueArray(fc.integer({ min: 1, max: 200 }), { maxLength: 10 }),
        (rises, own) => {
          const limits = [limit('1000')];
          let before: Level = level({});
          const seen: number[] = [];
          for (const rise of rises) {
            const total = (before.get('apiCalls') ?? Quantity.zero).add(Quantity.of(rise));
            const after: Level = new Map([['apiCalls', total]]);
            const found = crossingsOf({ level: after, before, limits, own: { apiCalls: own } });
            seen.push(...found.map(({ percent }) => percent));
            before = after;
          }
          const atOnce = crossingsOf({ level: before, before: null, limits, own: { apiCalls: own } });
          expect(seen).toEqual(atOnce.map(({ percent }) => percent));
        },
      ),
    );
  });

  it.each([
    [80, 'usage.near_limit'],
    [100, 'usage.limit_reached'],
    [81, 'usage.threshold_crossed'],
  ])('%i is called %s', (percent, name) => {
    expect(alertName(percent)).toBe(name);
  });

  it.each([
    [{ apiCalls: '1' }, {}, true],
    [{ apiCalls: '1' }, { apiCalls: '1' }, false],
    [{ apiCalls: '1' }, { apiCalls: '2' }, false],
    [{ apiCalls: '1', 'pooled.apiCalls': '2' }, { apiCalls: '1' }, true],
  ])('%j after %j has risen: %s', (after, before, expected) => {
    expect(hasRisen(level(after), level(before as Record<string, string>))).toBe(expected);
  });
});

describe('the setting of thresholds', () => {
  it.each([
    [{}, null],
    [{ apiCalls: [] }, null],
    [{ apiCalls: [1, 1000], projectCount: [50] }, null],
    [{ apiCalls: [0] }, 'apiCalls'],
    [{ apiCalls: [1001] }, 'apiCalls'],
    [{ apiCalls: [50.5] }, 'apiCalls'],
    [{ apiCalls: ['50'] }, 'apiCalls'],
    [{ apiCalls: 50 }, 'apiCalls'],
    [{ apiCalls: Array.from({ length: 11 }, () => 5) }, 'apiCalls'],
    [Object.fromEntries(Array.from({ length: 201 }, (_each, index) => [`m${index}`, []])), '200'],
    [[50], 'by metric'],
    [null, 'by metric'],
    ['50', 'by metric'],
  ])('%j: %s', (value, flaw) => {
    if (flaw === null) expect(thresholdsFlaw(value)).toBeNull();
    else expect(thresholdsFlaw(value)).toContain(flaw);
    expect(thresholdsFrom(value)).toEqual(flaw === null ? value : {});
  });

  it('is said for all or for a tenant', () => {
    const said = { value: { apiCalls: [50] } };
    expect(knownSettingFlaw('usage.thresholds', { ...said, level: 'tenant' })).toBeNull();
    expect(knownSettingFlaw('usage.thresholds', { ...said, level: 'common' })).toBeNull();
    expect(knownSettingFlaw('usage.thresholds', { ...said, level: 'user' })).toMatchObject({ path: 'level' });
    expect(knownSettingFlaw('usage.thresholds', { level: 'tenant', value: 5 })).toMatchObject({
      path: 'value',
    });
    expect(knownSettingFlaw('theme', { level: 'user', value: 5 })).toBeNull();
  });
});
