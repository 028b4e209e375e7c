import { writeFile } from 'node:fs/promises';
import { timeZoneOf } from '@landlord/kernel';
import { eventsBody, readEvents } from '@landlord/saas';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ImportBench } from './testing/import-bench.js';

const CLOUD_EVENTS = ['--format', 'cloudevents'];
const event = { specversion: '1.0', id: '1', source: '/api', type: 'apiCalls', subject: 'acme' };
const time = '2024-01-31T23:59:59.123456+09:00';

let bench: ImportBench;

beforeEach(async () => {
  bench = await ImportBench.open(['acme']);
});

afterEach(() => bench.close());

describe('a CloudEvent that was imported', () => {
  it.each([
    ['its type', {}],
    ['no data', { data: null }],
    ['empty data', { data: {} }],
    ['the metric of its data', { type: 'call', data: { metric: 'projectCount', quantity: -2 } }],
    ['a quantity of many digits', { data: { quantity: '123456789012345.000000005' } }],
    ['a quantity in its longer form', { data: { quantity: '2.50' } }],
    [
      'properties',
      { data: { properties: { route: '/a', count: 1.5, cached: false, region: null, note: '' } } },
    ],
    ['no properties', { data: { properties: {} } }],
    ['a source and id of full length', { source: 's'.repeat(2_000), id: 'i'.repeat(255) }],
    ['further attributes', { datacontenttype: 'application/json', traceparent: '00-1', set: 4 }],
  ])('is the same event as sent to the API, with %s', async (_, change) => {
    const raw = { ...event, time, ...change };
    expect(await imported([raw])).toEqual(readByApi([raw]));
  });

  it('is the same event as sent to the API, whatever it says', async () => {
    const sample = fc.sample(anyEvent(), { numRuns: 300, seed: 7 });
    const raws = sample.map((each, index) => ({ ...each, id: `${each.id}${index}` }));
    expect(await imported(raws)).toEqual(readByApi(raws));
  });

  it('says another metric with --metric', async () => {
    const raw = { ...event, time, type: 'call', data: { metric: 'projectCount' } };
    const expected = readByApi([{ ...raw, data: { metric: 'apiCalls' } }]);
    expect(await imported([raw], ['--metric', 'apiCalls'])).toEqual(expected);
  });
});

async function imported(raws: readonly object[], argv: readonly string[] = []) {
  await writeFile(bench.file, raws.map((raw) => `${JSON.stringify(raw)}\n`).join(''));
  const { code, summary } = await bench.run([...CLOUD_EVENTS, ...argv, '--in-flight', '1']);
  expect([code, summary.accepted, summary.broken.first]).toEqual([0, raws.length, []]);
  const contents = [...(bench.server.tenants.get('acme')?.values() ?? [])];
  return readByApi(contents.map((content) => JSON.parse(content)));
}

/** Id, fingerprint and all else that the API makes of a request's body. */
function readByApi(body: readonly object[]) {
  const inputs = eventsBody.parse(JSON.parse(JSON.stringify(body)));
  const surroundings = { now: '2024-03-01T00:00:00.000Z', timezone: timeZoneOf('UTC') };
  const reading = readEvents(Array.isArray(inputs) ? inputs : [inputs], surroundings);
  return reading.ok ? reading.events : expect.unreachable(JSON.stringify(reading.issues));
}

function anyEvent() {
  const text = (maxLength: number) =>
    fc.string({ unit: 'grapheme', minLength: 1, maxLength }).map((each) => `x${each}`);
  const metric = fc.constantFrom('apiCalls', 'storageUsedGb', 'projectCount');
  const quantity = fc.oneof(
    fc.integer({ min: 1, max: 1e12 }),
    fc
      .integer({ min: 1, max: 1e9 })
      .map((billionths) => `0.${String(billionths).padStart(9, '0').slice(-9)}1`.slice(0, 11)),
    fc.constantFrom('1', '1.0', 1e-7),
  );
  const value = fc.oneof(
    text(20),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
  );
  const properties = fc.dictionary(text(8), value, { maxKeys: 32 });
  const data = fc.record({ metric, quantity, properties }, { requiredKeys: [] });
  const instant = fc.tuple(
    fc.integer({ min: Date.parse('2022-06-01'), max: Date.parse('2024-02-28') }),
    fc.constantFrom('Z', '+09:00', '-03:30'),
  );
  return fc.record(
    {
      specversion: fc.constant('1.0'),
      id: text(20),
      source: text(40),
      type: metric,
      subject: fc.constant('acme'),
      time: instant.map(([ms, zone]) => new Date(ms).toISOString().replace('Z', zone)),
      data: fc.option(data),
    },
    { requiredKeys: ['specversion', 'id', 'source', 'type', 'subject', 'time'] },
  );
}
