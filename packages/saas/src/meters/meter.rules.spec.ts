import { describe, expect, it } from 'vitest';
import {
  BUILT_IN_DEFINITIONS,
  changedMeter,
  changeFlaws,
  METER_CODE,
  type MeterInput,
  meterFlaws,
  meterFrom,
  newMeter,
} from './meter.rules.js';

const tokens: MeterInput = { code: 'tokens', displayName: 'Tokens', aggregation: 'sum' };

describe('a code', () => {
  it.each(['a', 'tokens', 'tokensGenerated', 'gpu-hours', 'v2', 'p95LatencyMs', 'a-1', 'x'.repeat(64)])(
    '%s is one',
    (code) => expect(METER_CODE.test(code)).toBe(true),
  );

  it.each([
    '',
    'Tokens',
    '1st',
    'gpu_hours',
    'gpu.hours',
    '-a',
    'a-',
    'a--b',
    'a-B',
    'é',
    '__proto__',
    'x'.repeat(65),
  ])('"%s" is none', (code) => expect(METER_CODE.test(code)).toBe(false));

  it.each([
    'apiCalls',
    'activeUsers',
    'maxUsers',
    'maxApiCalls',
    'pooled',
    'meters',
    'held',
    'pooledHeld',
    'period',
  ])('%s stands for something else already', (code) =>
    expect(meterFlaws({ ...tokens, code })).toMatchObject([{ path: 'code' }]),
  );

  it.each(Object.getOwnPropertyNames(Object.prototype))('%s would be found in every object', (code) => {
    const isTaken = !METER_CODE.test(code) || meterFlaws({ ...tokens, code }).length > 0;
    expect(isTaken).toBe(true);
  });
});

describe('a new meter', () => {
  it.each([
    ['sum', 'period'],
    ['gauge', 'never'],
    ['max', 'period'],
    ['unique', 'period'],
    ['latest', 'never'],
  ] as const)('that is a %s resets: %s, unless it says otherwise', (aggregation, resets) => {
    const input = { ...tokens, aggregation };
    expect(newMeter(input)).toMatchObject({ resets, eventName: 'tokens', filter: [], dimensions: [] });
    const other = resets === 'never' ? 'period' : 'never';
    expect(newMeter({ ...input, resets: other }).resets).toBe(other);
  });

  it.each([
    ['unique without a property', { aggregation: 'unique' }, ['uniqueProperty']],
    ['a property to count, but no unique', { uniqueProperty: 'user' }, ['uniqueProperty']],
    [
      'a value of distinct values',
      { aggregation: 'unique', uniqueProperty: 'user', valueProperty: 'n' },
      ['valueProperty'],
    ],
    ['a dimension twice', { dimensions: ['region', 'model', 'region'] }, ['dimensions.2']],
    [
      'two conditions on a property',
      {
        filter: [
          { property: 'a', in: [1] },
          { property: 'a', in: [2] },
        ],
      },
      ['filter.1.property'],
    ],
    ['nothing wrong', { valueProperty: 'count', dimensions: ['model'] }, []],
  ] as [string, Partial<MeterInput>, string[]][])('with %s', (_what, input, paths) => {
    expect(meterFlaws({ ...tokens, ...input }).map(({ path }) => path)).toEqual(paths);
  });
});

describe('a change', () => {
  const before = newMeter({ ...tokens, description: 'All of them', unit: 'token', dimensions: ['model'] });

  it('leaves what it does not name, and takes away what is null', () => {
    expect(changedMeter(before, { displayName: 'T' })).toEqual({ ...before, displayName: 'T' });
    const { unit: _gone, ...without } = before;
    expect(changedMeter(before, { unit: null })).toEqual(without);
    expect(changedMeter(before, { unit: 'tk' })).toEqual({ ...before, unit: 'tk' });
  });

  it('adds dimensions, and takes none away', () => {
    const added = ['model', 'region'];
    expect(changeFlaws(before, { dimensions: added })).toEqual([]);
    expect(changedMeter(before, { dimensions: added }).dimensions).toEqual(added);
    expect(changeFlaws(before, { dimensions: ['region'] })).toMatchObject([{ path: 'dimensions' }]);
    expect(changeFlaws(before, { dimensions: ['model', 'model'] })).toMatchObject([{ path: 'dimensions.1' }]);
  });
});

it('describes the built-in meters as they are counted', () => {
  expect(BUILT_IN_DEFINITIONS.map(meterFrom)).toMatchObject([
    { metric: 'apiCalls', kind: 'sum', resets: 'period', limitName: 'maxApiCalls' },
    { metric: 'storageUsedGb', kind: 'gauge', resets: 'never', limitName: 'maxStorageGb' },
    { metric: 'activeUsers', kind: 'gauge', resets: 'never', limitName: 'maxUsers' },
    { metric: 'projectCount', kind: 'gauge', resets: 'never', limitName: 'maxProjects' },
  ]);
  expect(BUILT_IN_DEFINITIONS.every(({ displayName, code }) => displayName !== code)).toBe(true);
});
