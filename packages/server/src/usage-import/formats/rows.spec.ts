import { describe, expect, it } from 'vitest';
import { jsonLinesReader } from './json-lines.js';
import type { LineReader, Verdict } from './reading.js';
import type { RowOptions } from './row.js';

const options: RowOptions = {
  metric: 'apiCalls',
  tenantFrom: { kind: 'column', name: 'tenant' },
  columns: {},
  properties: ['region'],
};
const timestamp = '2024-01-31T23:59:59Z';
const timestampMs = Date.parse(timestamp);
const row = { timestamp, tenant: 'acme' };

describe('jsonLinesReader', () => {
  it.each([
    [row, {}],
    [
      { ...row, id: 'e-1', quantity: 2 },
      { id: 'e-1', quantity: 2 },
    ],
    [
      { ...row, id: 17, quantity: '0.000000001' },
      { id: '17', quantity: 0.000000001 },
    ],
    [{ ...row, quantity: '-3.5' }, { quantity: -3.5 }],
    [{ ...row, quantity: '9007199254740993.5' }, { quantity: '9007199254740993.5' }],
    [{ ...row, metric: 'storageUsedGb', id: null, quantity: '' }, { metric: 'storageUsedGb' }],
    [{ ...row, region: 'eu', password: 'x' }, { properties: { region: 'eu' } }],
    [{ ...row, properties: { a: 1, b: true } }, { properties: { a: 1, b: true } }],
    [{ ...row, properties: {} }, {}],
    [{ ...row, timestamp: timestampMs }, {}],
  ])('reads %j', (value, expected) => {
    const usage = { tenant: 'acme', metric: 'apiCalls', timestampMs, ...expected };
    expect(judge(jsonLinesReader(options), value)).toEqual({ kind: 'usage', usage });
  });

  it.each([
    [{ ...row, timestamp: undefined }, 'no timestamp'],
    [{ ...row, timestamp: '2024-01-31T23:59:59' }, 'no time with an offset'],
    [{ ...row, id: { a: 1 } }, 'id: must be a string'],
    [{ ...row, id: 2 ** 53 }, 'id: must be a string'],
    [{ ...row, quantity: 'many' }, 'quantity: "many" is not a quantity'],
    [{ ...row, quantity: 12345678.123456789 }, 'Send it as a decimal string'],
    [{ ...row, quantity: 1e21 }, 'Send it as a decimal string'],
    [{ ...row, quantity: [1] }, 'quantity: must be a number or a decimal string'],
    [{ ...row, set: 4 }, 'set'],
    [{ ...row, properties: { a: {} } }, 'properties.a: '],
    [{ ...row, properties: [1] }, 'properties: must be'],
    [{ ...row, region: { name: 'eu' } }, 'properties.region: '],
    [[1], 'no JSON object'],
    ['text', 'no JSON object'],
  ])('calls %j broken', (value, reason) => {
    const verdict = judge(jsonLinesReader(options), value);
    expect(verdict).toEqual({ kind: 'broken', reason: expect.stringContaining(reason) });
  });

  it('asks for a metric when neither row nor arguments have one', () => {
    const verdict = judge(jsonLinesReader({ ...options, metric: undefined }), row);
    expect(verdict).toEqual({ kind: 'broken', reason: expect.stringContaining('no metric') });
  });

  it('reads renamed fields', () => {
    const renamed = { ...options, columns: { timestamp: 'ts', quantity: 'n' } };
    expect(judge(jsonLinesReader(renamed), { ts: timestamp, n: 4, tenant: 'acme' })).toMatchObject({
      usage: { timestampMs, quantity: 4 },
    });
  });

  it('names a flaw by its column, in harmless characters', () => {
    const renamed = { ...options, columns: { quantity: 'n' } };
    const flawed = [
      [{ ...row, n: '\u009b1' }, 'n: "?1" is not a quantity'],
      [{ ...row, properties: { '\u001b[31m': [] } }, 'properties.?[31m: '],
    ];
    for (const [value, reason] of flawed)
      expect(judge(jsonLinesReader(renamed), value)).toEqual({
        kind: 'broken',
        reason: expect.stringContaining(String(reason)),
      });
  });

  it.each([{ tenant: 'Acme' }, { tenant: 'system' }, { tenant: 'common' }, { tenant: '' }, {}])(
    'finds no tenant in %j',
    (value) => {
      const verdict = judge(jsonLinesReader(options), { timestamp, ...value });
      expect(verdict).toEqual({ kind: 'without-tenant', segment: value.tenant ?? '' });
    },
  );
});

function judge(reader: LineReader, value: unknown): Verdict | undefined {
  const bytes = Buffer.from(JSON.stringify(value));
  return reader.read({ number: 1, offset: 0, bytes, isTerminated: true, isOverlong: false })[0]?.verdict;
}
