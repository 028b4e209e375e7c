import { describe, expect, it } from 'vitest';
import { carriedLevel, initialUsage, levelOfItem } from './usage.level.js';
import { ALONE, CARRIED, eventOf, requestOf, UsageModel, type Use } from './usage.rules.fixture.js';
import { USAGE_RULES } from './usage.rules.js';

const STORAGE = 'storageUsedGb';

/** `05` is 5 January 2024, `02-05` is 5 February. */
function at(day: string): string {
  return `2024-${day.length === 2 ? `01-${day}` : day}T00:00:00.000Z`;
}

function calls(day: string, add?: string): Use {
  return { metric: 'apiCalls', at: at(day), ...(add === undefined ? {} : { add }) };
}

function storage(day: string, add: string): Use {
  return { metric: STORAGE, at: at(day), add };
}

function storageSet(day: string, set: string): Use {
  return { metric: STORAGE, at: at(day), set };
}

describe('levels', () => {
  it.each<[string, Use[], string, Record<string, string>]>([
    ['a sum adds', [calls('05'), calls('06', '2.5')], 'apiCalls', { '2024-01': '3.5' }],
    ['decimals stay exact', Array(10).fill(calls('05', '0.1')), 'apiCalls', { '2024-01': '1' }],
    ['a sum starts anew', [calls('05', '7'), calls('02-05')], 'apiCalls', { '2024-01': '7', '2024-02': '1' }],
    [
      'a late sum stays in its month',
      [calls('02-05'), calls('05', '7')],
      'apiCalls',
      { '2024-01': '7', '2024-02': '1' },
    ],
    ['a gauge goes up and down', [storage('05', '3'), storage('06', '-2')], STORAGE, { '2024-01': '1' }],
    [
      'a gauge carries over',
      [storage('05', '3'), calls('03-05')],
      STORAGE,
      { '2024-01': '3', '2024-03': '3' },
    ],
    [
      'and goes on from there',
      [storage('05', '3'), storage('03-05', '-1')],
      STORAGE,
      { '2024-01': '3', '2024-03': '2' },
    ],
    [
      'a late delta moves what follows',
      [storage('03-05', '3'), storage('05', '2')],
      STORAGE,
      { '2024-01': '2', '2024-03': '5' },
    ],
    [
      'a month between takes the one before',
      [storage('05', '3'), storage('03-05', '1'), calls('02-05')],
      STORAGE,
      { '2024-01': '3', '2024-02': '3', '2024-03': '4' },
    ],
    ['a setting is the level', [storage('05', '3'), storageSet('06', '10')], STORAGE, { '2024-01': '10' }],
    [
      'a setting carries over',
      [storageSet('06', '10'), calls('02-05')],
      STORAGE,
      { '2024-01': '10', '2024-02': '10' },
    ],
    [
      'a setting to 0 is a setting',
      [storage('05', '3'), storageSet('06', '0'), storage('05', '4')],
      STORAGE,
      { '2024-01': '0' },
    ],
    ['a delta after it counts', [storageSet('06', '10'), storage('07', '1')], STORAGE, { '2024-01': '11' }],
    [
      'a delta at the same instant counts',
      [storageSet('06', '10'), storage('06', '1')],
      STORAGE,
      { '2024-01': '11' },
    ],
    [
      'a delta before it is in it already',
      [storageSet('06', '10'), storage('05', '1')],
      STORAGE,
      { '2024-01': '10' },
    ],
    [
      'an earlier setting is superseded',
      [storageSet('06', '10'), storageSet('05', '4')],
      STORAGE,
      { '2024-01': '10' },
    ],
    [
      'of two at one instant the second holds',
      [storageSet('06', '10'), storageSet('06', '4')],
      STORAGE,
      { '2024-01': '4' },
    ],
    [
      'a late delta stops at a setting',
      [storageSet('02-06', '10'), storage('05', '2'), calls('03-01')],
      STORAGE,
      { '2024-01': '2', '2024-02': '10', '2024-03': '10' },
    ],
    [
      'a late setting moves what follows',
      [storage('05', '5'), storage('02-05', '1'), storageSet('07', '2')],
      STORAGE,
      { '2024-01': '2', '2024-02': '3' },
    ],
    [
      'a late setting stops at a setting',
      [storageSet('02-06', '10'), storageSet('07', '2')],
      STORAGE,
      { '2024-01': '2', '2024-02': '10' },
    ],
    [
      'meters do not touch each other',
      [storage('05', '5'), { metric: 'activeUsers', at: at('06'), set: '2' }],
      STORAGE,
      { '2024-01': '5' },
    ],
  ])('%s', (_what, uses, metric, expected) => {
    const together = new UsageModel();
    expect(together.record(...uses)).toBe('settled');
    expect(together.levels(metric)).toEqual(expected);
    const oneByOne = new UsageModel();
    for (const use of uses) expect(oneByOne.record(use)).toBe('settled');
    expect(oneByOne.levels(metric)).toEqual(expected);
  });
});

describe('a refusal', () => {
  it.each<[string, Use[], Use[], number, string]>([
    [
      'below 0',
      [],
      [storage('05', '-1')],
      0,
      'storageUsedGb is 0 in 2024-01; a change by -1 would take it below 0',
    ],
    [
      'below 0 within the request',
      [],
      [storage('05', '2'), calls('05'), storage('06', '-2.5')],
      2,
      'storageUsedGb is 2 in 2024-01; a change by -2.5 would take it below 0',
    ],
    [
      'below 0 in a later month',
      [storage('05', '3'), storage('02-05', '-2')],
      [storage('06', '-2')],
      0,
      'storageUsedGb is 1 in 2024-02; a change by -2 would take it below 0',
    ],
    [
      'a late setting that takes a later month below 0',
      [storage('05', '5'), storage('02-05', '-4')],
      [storageSet('07', '2')],
      0,
      'storageUsedGb is 1 in 2024-02; a change by -3 would take it below 0',
    ],
  ])('names the event, and leaves nothing: %s', (_what, before, uses, index, message) => {
    const model = new UsageModel();
    if (before.length > 0) model.record(...before);
    const months = model.months;
    expect(model.record(...uses)).toEqual({ index, message });
    expect(model.months).toEqual(months);
  });

  it('carries the index of the request, not of what was new in it', () => {
    const events = [{ ...eventOf(storage('05', '-1')), index: 7 }];
    const settlement = USAGE_RULES.open({ items: [], sightings: [] }).settle(
      requestOf(ALONE, events),
      events,
    );
    expect(settlement).toMatchObject({ status: 'refused', index: 7 });
  });
});

describe('the item of a month', () => {
  it('begins with what it carries over, and belongs to the tenant', () => {
    const model = new UsageModel();
    model.record(storage('05', '3'), calls('05'));
    model.record(calls('02-05', '0.5'));
    expect(model.months[1]).toMatchObject({
      pk: 'TENANT#acme',
      sk: 'USAGE#2024-02',
      version: 1,
      tenantCode: 'acme',
      type: 'USAGE',
      code: '2024-02',
      attributes: { apiCalls: 0.5, storageUsedGb: 3, activeUsers: 0, projectCount: 0, meters: {} },
    });
  });

  it('is made even by an event that changes nothing, and is not written again by one', () => {
    const model = new UsageModel();
    model.record(storage('05', '0'));
    expect(model.levels(STORAGE)).toEqual({ '2024-01': '0' });
    model.record(storage('06', '0'));
    expect(model.months).toMatchObject([{ version: 1 }]);
  });

  it('is one command a month, however many events', () => {
    const events = [calls('05'), calls('06'), storage('05', '1'), storage('02-05', '1')].map(
      (use, index) => ({
        ...eventOf(use),
        index,
      }),
    );
    const book = USAGE_RULES.open({ items: [], sightings: [] });
    expect(book.settle(requestOf(ALONE, events), events)).toMatchObject({ status: 'settled' });
    expect(book.entries().map(({ command }) => command)).toMatchObject([
      {
        sk: 'USAGE#2024-01',
        increments: [
          { path: ['apiCalls'], by: '2' },
          { path: [STORAGE], by: '1' },
        ],
      },
      { sk: 'USAGE#2024-02', increments: [{ path: [STORAGE], by: '1' }] },
    ]);
  });

  it('keeps amounts that no double holds', () => {
    const model = new UsageModel();
    model.record(calls('05', '123456789012345678.000000001'));
    model.record(calls('05', '0.000000009'));
    expect(model.levels('apiCalls')).toEqual({ '2024-01': '123456789012345678.00000001' });
  });
});

it('reads levels from attributes, and nothing as 0', () => {
  const level = levelOfItem({ attributes: { apiCalls: '12.5', activeUsers: 3, projectCount: null } });
  expect([...level].map(([metric, value]) => [metric, value.toString()])).toEqual([
    ['apiCalls', '12.5'],
    [STORAGE, '0'],
    ['activeUsers', '3'],
    ['projectCount', '0'],
  ]);
  const carried = initialUsage('acme', 'USAGE#2024-02', carriedLevel(level, CARRIED));
  expect(carried).toMatchObject({ code: '2024-02', attributes: { apiCalls: 0, activeUsers: 3 } });
});

describe('admission of a gauge', () => {
  it('is never superseded by a setting from a clock that ran ahead', () => {
    const model = new UsageModel();
    model.record(storageSet('20', '3'));
    const admission = [{ tenantCode: 'acme', metric: STORAGE, limit: '5', isEnforced: true }];
    const asked = (add: string) => model.settle({ ...ALONE, admission }, [storage('10', add)]);
    expect(asked('50')).toMatchObject({ status: 'not_admitted', standing: { current: '3', limit: '5' } });
    expect(asked('2')).toMatchObject({ status: 'settled', standings: [{ current: '5' }] });
    expect(asked('1')).toMatchObject({ status: 'not_admitted' });
  });
});
