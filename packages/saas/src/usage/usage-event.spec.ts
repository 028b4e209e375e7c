import { type MeterEvent } from '@landlord/kernel';
import { Quantity, timeZoneOf } from '@landlord/kernel/pure';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cloudEventId, readEvents } from './usage-event.js';
import { type UsageEventInput } from './usage-event.schema.js';

const NOW = '2024-02-15T12:00:00.000Z';
const q = Quantity.of;
const own = { id: 'req-1', metric: 'apiCalls' } satisfies UsageEventInput;
const cloud = {
  specversion: '1.0',
  id: 'req-1',
  source: '/gateway',
  type: 'apiCalls',
} satisfies UsageEventInput;

function read(inputs: readonly UsageEventInput[], { zone = 'UTC', now = NOW } = {}) {
  return readEvents(inputs, { now, timezone: timeZoneOf(zone) });
}

function one(input: UsageEventInput, surroundings?: { zone?: string; now?: string }): MeterEvent {
  const reading = read([input], surroundings);
  const [event] = reading.ok ? reading.events : [];
  if (!event) throw new Error(JSON.stringify(reading));
  return event;
}

function issues(...inputs: UsageEventInput[]) {
  const reading = read(inputs);
  return reading.ok ? [] : reading.issues;
}

describe('an event', () => {
  it('is 1 now, unless it says otherwise', () => {
    expect(one(own)).toMatchObject({
      id: 'req-1',
      metric: 'apiCalls',
      periodSk: 'USAGE#2024-02',
      at: NOW,
      quantity: '1',
      mode: 'add',
      properties: {},
    });
  });

  it('adds to a gauge, or sets it', () => {
    const gauge = { id: 'a', metric: 'storageUsedGb' };
    expect(one({ ...gauge, quantity: q('-2.50') })).toMatchObject({ quantity: '-2.5', mode: 'add' });
    expect(one({ ...gauge, set: q(0) })).toMatchObject({ quantity: '0', mode: 'set' });
  });

  it('may be a CloudEvent, whose data may name the metric', () => {
    const data = { metric: 'storageUsedGb', set: q(5), properties: { disk: 'a' } };
    expect(one({ ...cloud, time: '2024-01-31T23:00:00.000Z', data })).toMatchObject({
      id: cloudEventId('/gateway', 'req-1'),
      metric: 'storageUsedGb',
      at: '2024-01-31T23:00:00.000Z',
      periodSk: 'USAGE#2024-01',
      quantity: '5',
      mode: 'set',
      properties: { disk: 'a' },
    });
    expect(one({ ...cloud, data: null })).toMatchObject({ metric: 'apiCalls', quantity: '1' });
  });
});

describe('the fingerprint', () => {
  const base: UsageEventInput = { ...own, properties: { route: '/a', count: 1 } };
  const timed: UsageEventInput = { ...base, timestamp: NOW };

  it.each<[string, UsageEventInput, UsageEventInput]>([
    ['no quantity and 1', base, { ...base, quantity: q(1) }],
    ['1 and "1.0"', { ...base, quantity: q(1) }, { ...base, quantity: q('1.0') }],
    ['properties in another order', base, { ...base, properties: { count: 1, route: '/a' } }],
    ['no properties and none', own, { ...own, properties: {} }],
    [
      'a CloudEvent and the own form that says it',
      timed,
      { ...cloud, time: NOW, data: { properties: { route: '/a', count: 1 } } },
    ],
    ['another id', base, { ...base, id: 'other' }],
  ])('is the same for %s', (_what, left, right) => {
    expect(one(left).fingerprint).toBe(one(right).fingerprint);
  });

  it('is the same for a retry without timestamp, whenever and wherever it comes', () => {
    const first = one(base);
    const retry = one(base, { now: '2024-03-01T00:00:00.000Z', zone: 'Asia/Tokyo' });
    expect(retry.fingerprint).toBe(first.fingerprint);
    expect(retry.periodSk).not.toBe(first.periodSk);
  });

  it.each<[string, UsageEventInput]>([
    ['another quantity', { ...base, quantity: q('1.000000001') }],
    ['another metric', { ...base, metric: 'projectCount' }],
    ['setting', { ...base, metric: 'projectCount', set: q(1) }],
    ['a timestamp', timed],
    ['another timestamp', { ...base, timestamp: '2024-02-15T12:00:00.001Z' }],
    ['another property', { ...base, properties: { route: '/b', count: 1 } }],
    ['text for a number', { ...base, properties: { route: '/a', count: '1' } }],
    ['no properties', own],
  ])('is another with %s', (_what, input) => {
    const others = [base, { ...base, metric: 'projectCount', quantity: q(2) }, { ...timed, quantity: q(2) }];
    for (const other of others) expect(one(input).fingerprint).not.toBe(one(other).fingerprint);
  });
});

describe('a CloudEvent id', () => {
  it('is of source and id together, and never longer than an id may be', () => {
    expect(cloudEventId('/a', 'b')).toBe(cloudEventId('/a', 'b'));
    expect(cloudEventId('x'.repeat(2_000), 'y'.repeat(255))).toMatch(/^ce:[\w-]{43}$/);
    const pair = fc.tuple(fc.string(), fc.string());
    fc.assert(
      fc.property(pair, pair, ([source, id], [otherSource, otherId]) => {
        const isSame = source === otherSource && id === otherId;
        expect(cloudEventId(source, id) === cloudEventId(otherSource, otherId)).toBe(isSame);
      }),
    );
    expect(cloudEventId('ab', 'c')).not.toBe(cloudEventId('a', 'bc'));
  });
});

describe('an issue', () => {
  const gauge = { id: 'a', metric: 'storageUsedGb' };

  it.each<[string, UsageEventInput, string, RegExp]>([
    [
      'an unknown metric',
      { id: 'a', metric: 'steps' },
      '1.metric',
      /known are apiCalls, storageUsedGb, activeUsers, projectCount/,
    ],
    ['an id of the system', { ...own, id: 'landlord:member:kim:1' }, '1.id', /"landlord:" are reserved/],
    ['a metric named like a method', { id: 'a', metric: 'constructor' }, '1.metric', /no metric/],
    ['an unknown type', { ...cloud, type: 'steps' }, '1.type', /no metric "steps"/],
    ['setting a sum', { ...own, set: q(1) }, '1.set', /sum/],
    ['both', { ...gauge, set: q(1), quantity: q(1) }, '1.set', /either/],
    ['setting below 0', { ...gauge, set: q(-1) }, '1.set', /below 0/],
    ['nothing to add', { ...own, quantity: q(0) }, '1.quantity', /above 0/],
    ['a sixteenth digit', { ...own, quantity: q('1000000000000000') }, '1.quantity', /at most 15 digits/],
    [
      'a gauge years late',
      { id: 'a', metric: 'projectCount', quantity: q('1'), timestamp: '2021-01-01T00:00:00.000Z' },
      '1.timestamp',
      /at most 800 days late/,
    ],
    ['taking away from a sum', { ...own, quantity: q('-0.1') }, '1.quantity', /above 0 for apiCalls/],
    [
      'a time to come',
      { ...own, timestamp: '2024-02-15T13:00:00.001Z' },
      '1.timestamp',
      /more than an hour ahead/,
    ],
  ])('names %s by its index', (_what, input, path, message) => {
    expect(issues(own, input)).toEqual([{ path, message: expect.stringMatching(message) }]);
  });

  it.each<[string, UsageEventInput]>([
    ['an hour ahead', { ...own, timestamp: '2024-02-15T13:00:00.000Z' }],
    ['long ago', { ...own, timestamp: '1970-01-01T00:00:00.000Z' }],
    ['a gauge by nothing', { ...gauge, quantity: q(0) }],
    ['a gauge down', { ...gauge, quantity: q(-5) }],
    ['a gauge set to 0', { ...gauge, set: q(0) }],
  ])('is not made of %s', (_what, input) => {
    expect(issues(own, input)).toEqual([]);
  });

  it('is told for every event, up to a hundred', () => {
    const bad = { id: 'a', metric: 'steps' };
    expect(issues(bad, own, bad).map(({ path }) => path)).toEqual(['0.metric', '2.metric']);
    expect(issues(...Array<UsageEventInput>(1_000).fill(bad))).toHaveLength(100);
  });
});

describe('the period', () => {
  it.each([
    ['UTC', '2024-01-31T23:59:59.999Z', '2024-01'],
    ['UTC', '2024-02-01T00:00:00.000Z', '2024-02'],
    ['Asia/Tokyo', '2024-01-31T14:59:59.999Z', '2024-01'],
    ['Asia/Tokyo', '2024-01-31T15:00:00.000Z', '2024-02'],
    ['Asia/Tokyo', '2023-12-31T15:00:00.000Z', '2024-01'],
    ['America/New_York', '2024-02-01T04:59:59.999Z', '2024-01'],
    ['America/New_York', '2024-02-01T05:00:00.000Z', '2024-02'],
    // Summer time by then, and no longer: the edge is an hour earlier.
    ['America/New_York', '2023-11-01T03:59:59.999Z', '2023-10'],
    ['America/New_York', '2023-11-01T04:00:00.000Z', '2023-11'],
    ['America/New_York', '2023-12-01T04:59:59.999Z', '2023-11'],
    ['America/New_York', '2023-12-01T05:00:00.000Z', '2023-12'],
    // The clocks changed on the last day of the month.
    ['Europe/Berlin', '2024-03-31T21:59:59.999Z', '2024-03'],
    ['Europe/Berlin', '2024-03-31T22:00:00.000Z', '2024-04'],
    ['Pacific/Kiritimati', '2024-01-31T10:00:00.000Z', '2024-02'],
    ['Pacific/Pago_Pago', '2024-02-01T10:59:59.999Z', '2024-01'],
  ])('in %s of %s is %s', (zone, timestamp, period) => {
    expect(one({ ...own, timestamp }, { zone, now: '2024-06-01T00:00:00.000Z' }).periodSk).toBe(
      `USAGE#${period}`,
    );
    expect(one(own, { zone, now: timestamp }).periodSk).toBe(`USAGE#${period}`);
  });
});

it('a gauge happened now at the latest, whatever its sender says; a sum when its sender says', () => {
  const ahead = { timestamp: '2024-02-15T12:30:00.000Z' };
  const gauge = { id: 'g', metric: 'storageUsedGb' };
  expect(one({ ...gauge, ...ahead, set: q(3) }).at).toBe(NOW);
  expect(one({ ...gauge, ...ahead, quantity: q(3) }).at).toBe(NOW);
  expect(one({ ...own, ...ahead }).at).toBe(ahead.timestamp);
  expect(one({ ...gauge, timestamp: '2024-02-01T00:00:00.000Z' }).at).toBe('2024-02-01T00:00:00.000Z');
});
