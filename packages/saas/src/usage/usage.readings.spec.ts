import { type JsonObject, Quantity, timeZoneOf } from '@landlord/kernel/pure';
import { describe, expect, it } from 'vitest';
import { MeterCatalogue } from '../meters/meter.catalogue.js';
import { type MeterInput, meterFrom, newMeter } from '../meters/meter.rules.js';
import { type EventSurroundings, readEvents } from './usage-event.js';
import { type UsageEventInput } from './usage-event.schema.js';

const NOW = '2024-06-15T12:00:00.000Z';
const DAY_MS = 86_400_000;

function meter(code: string, input: Partial<MeterInput> = {}) {
  return meterFrom(
    newMeter({ code, displayName: code, aggregation: 'sum', eventName: 'completion', ...input }),
  );
}

const okOnly = { filter: [{ property: 'status', in: ['ok', 200] }] };
const METERS = new MeterCatalogue(
  [
    meter('completions', okOnly),
    meter('tokens', { ...okOnly, valueProperty: 'tokens', dimensions: ['model', 'status'] }),
    meter('largest', { aggregation: 'max', valueProperty: 'tokens' }),
    meter('writers', { aggregation: 'unique', uniqueProperty: 'user' }),
    meter('latency', { aggregation: 'latest', eventName: 'measured' }),
    meter('calls-by-key', { aggregation: 'unique', uniqueProperty: 'key', eventName: 'apiCalls' }),
    { ...meter('old', { eventName: 'old' }), isActive: false },
  ],
  1,
);

function read(input: UsageEventInput, surroundings: Partial<EventSurroundings> = {}) {
  return readEvents([input], { now: NOW, timezone: timeZoneOf('UTC'), meters: METERS, ...surroundings });
}

function readings(properties: JsonObject, surroundings?: Partial<EventSurroundings>) {
  const reading = read({ id: 'a', metric: 'completion', properties: properties as never }, surroundings);
  if (!reading.ok) throw new Error(JSON.stringify(reading.issues));
  return Object.fromEntries(
    reading.events[0]?.readings.map(({ metric, ...rest }) => [metric, rest] as const) ?? [],
  );
}

function issue(input: Omit<UsageEventInput & { specversion?: undefined }, 'id'>, more = {}) {
  const reading = read({ id: 'a', ...input } as UsageEventInput, more);
  return reading.ok ? null : reading.issues[0];
}

describe('an event', () => {
  it('feeds every meter of its name, each by what that one takes of it', () => {
    const found = readings({ status: 'ok', tokens: '12.5', model: 'large', user: 7 });
    expect(found).toMatchObject({
      completions: { mode: 'add', quantity: '1', dimensions: {} },
      tokens: { mode: 'add', quantity: '12.5', dimensions: { model: 'large', status: 'ok' } },
      largest: { mode: 'max', quantity: '12.5' },
      writers: { mode: 'unique', quantity: '1' },
    });
    expect(Object.keys(found)).toHaveLength(4);
  });

  it.each([
    [{}, []],
    [{ status: 'failed', user: 'ada' }, ['writers']],
    [{ status: null, tokens: null, user: null }, []],
    [{ status: 200 }, ['completions']],
    [{ status: '200', tokens: 0 }, ['completions', 'largest', 'tokens']],
  ] as [JsonObject, string[]][])('with %j counts in %j', (properties, metrics) => {
    expect(Object.keys(readings(properties)).toSorted()).toEqual(metrics);
  });

  it('names a person by a hash that is the same for the same text', () => {
    const hashOf = (user: string | number | boolean) => readings({ user }).writers?.value;
    expect(hashOf('7')).toBe(hashOf(7));
    expect(hashOf('ada')).not.toBe(hashOf('Ada'));
    expect(hashOf('ada')).not.toContain('ada');
  });

  it('feeds own meters beside a built-in one', () => {
    const reading = read({ id: 'a', metric: 'apiCalls', properties: { key: 'k1' } });
    const [event] = reading.ok ? reading.events : [];
    expect(event?.readings.map(({ metric }) => metric)).toEqual(['apiCalls', 'calls-by-key']);
  });

  it.each([
    [
      'a name nobody knows',
      { metric: 'steps' },
      'metric',
      /no metric "steps"; known are apiCalls.*completion/,
    ],
    [
      'the code of a meter with another name',
      { metric: 'tokens' },
      'metric',
      /counts events of the name "completion"/,
    ],
    ['a meter that was retired', { metric: 'old' }, 'metric', /was retired/],
    [
      'a value that is no number',
      { metric: 'completion', properties: { status: 'ok', tokens: 'many' } },
      'properties.tokens',
      /must be a number/,
    ],
    [
      'a negative value',
      { metric: 'completion', properties: { tokens: -1 } },
      'properties.tokens',
      /below 0/,
    ],
    [
      'a setting of a sum',
      { metric: 'completion', set: Quantity.one, properties: { status: 'ok' } },
      'set',
      /sum/,
    ],
    ['a negative latest value', { metric: 'measured', quantity: Quantity.of(-1) }, 'quantity', /below 0/],
  ] as [string, Parameters<typeof issue>[0], string, RegExp][])(
    'is refused for %s',
    (_what, input, path, message) => {
      expect(issue(input)).toEqual({ path: `0.${path}`, message: expect.stringMatching(message) });
    },
  );

  it('comes as late as it likes where nothing is carried, and 800 days late elsewhere', () => {
    const late = (metric: string, days: number) => {
      const timestamp = new Date(Date.parse(NOW) - days * DAY_MS).toISOString();
      return issue({ metric, timestamp, properties: { status: 'ok', user: 'ada' } } as never)?.path ?? null;
    };
    expect([late('measured', 800), late('measured', 801)]).toEqual([null, '0.timestamp']);
    expect([late('completion', 800), late('completion', 801)]).toEqual([null, '0.timestamp']);
    expect(late('apiCalls', 5_000)).toBeNull();
  });

  it('of a latest value keeps its own time, also when that is ahead', () => {
    const timestamp = '2024-06-15T12:30:00.000Z';
    const reading = read({ id: 'a', metric: 'measured', quantity: Quantity.of(3), timestamp });
    expect(reading.ok && reading.events[0]).toMatchObject({ at: timestamp });
  });
});

describe('what is to be admitted', () => {
  const admitted = { addressed: 'admission' as const };

  it('may name the code of a meter, which alone takes it', () => {
    const asked = { id: 'a', metric: 'tokens', quantity: Quantity.of(40) };
    const reading = read(asked, admitted);
    expect(reading.ok && reading.events[0]?.readings).toEqual([
      { metric: 'tokens', mode: 'add', quantity: '40', dimensions: {} },
    ]);
    expect(issue({ metric: 'old' }, admitted)).toMatchObject({ path: '0.metric' });
  });

  it('changes nothing where it counts nowhere', () => {
    expect(readings({ status: 'failed' }, admitted)).toEqual({
      completions: { mode: 'add', quantity: '0', dimensions: {} },
    });
  });
});

it('takes back only what was added', () => {
  const reading = read(
    {
      id: 'a',
      metric: 'completion',
      quantity: Quantity.of(-1),
      properties: { status: 'ok', user: 'ada', tokens: 5 },
    },
    { isOwn: true },
  );
  expect(reading.ok && reading.events[0]?.readings.map(({ metric }) => metric)).toEqual(['completions']);
});
