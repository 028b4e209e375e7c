import { describe, expect, it } from 'vitest';
import { cloudEventId, cloudEventsReader } from './cloud-events.js';
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
      { id: '17', quantity: '0.000000001' },
    ],
    [{ ...row, quantity: '-3.5' }, { quantity: '-3.5' }],
    [{ ...row, metric: 'storageUsedGb', id: null, quantity: '' }, { metric: 'storageUsedGb' }],
    [{ ...row, region: 'eu', password: 'x' }, { properties: { region: 'eu' } }],
    [{ ...row, properties: { a: 1, b: true } }, { properties: { a: 1, b: true } }],
    [{ ...row, timestamp: timestampMs }, {}],
  ])('reads %j', (value, expected) => {
    const usage = { tenant: 'acme', metric: 'apiCalls', timestampMs, ...expected };
    expect(judge(jsonLinesReader(options), value)).toEqual({ kind: 'usage', usage });
  });

  it.each([
    [{ ...row, timestamp: undefined }, 'no timestamp'],
    [{ ...row, timestamp: '2024-01-31T23:59:59' }, 'no time with an offset'],
    [{ ...row, id: 'a\nb' }, 'printable'],
    [{ ...row, id: 'x'.repeat(129) }, '128'],
    [{ ...row, id: { a: 1 } }, 'printable'],
    [{ ...row, quantity: 'many' }, 'no decimal'],
    [{ ...row, quantity: '0.0000000001' }, 'no decimal'],
    [{ ...row, quantity: 12345678.123456789 }, 'write it as a string'],
    [{ ...row, quantity: 1e21 }, 'write it as a string'],
    [{ ...row, quantity: [1] }, 'no decimal'],
    [{ ...row, set: 4 }, 'set'],
    [{ ...row, properties: { a: {} } }, 'property'],
    [{ ...row, region: 'x'.repeat(300) }, 'property'],
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

  it.each([{ tenant: 'Acme' }, { tenant: '' }, {}])('finds no tenant in %j', (value) => {
    const verdict = judge(jsonLinesReader(options), { timestamp, ...value });
    expect(verdict).toEqual({ kind: 'without-tenant', segment: value.tenant ?? '' });
  });
});

describe('cloudEventsReader', () => {
  const event = {
    specversion: '1.0',
    id: '7',
    source: '/api',
    type: 'call',
    time: timestamp,
    subject: 'acme',
  };
  const reader = cloudEventsReader({ ...options, tenantFrom: { kind: 'column', name: 'subject' } });

  it('reads an event', () => {
    const data = { quantity: '2.5', metric: 'egressGb', region: 'eu', secret: 'x' };
    expect(judge(reader, { ...event, data })).toEqual({
      kind: 'usage',
      usage: {
        tenant: 'acme',
        metric: 'egressGb',
        timestampMs,
        id: cloudEventId('/api', '7'),
        quantity: '2.5',
        properties: { region: 'eu' },
      },
    });
  });

  it('tells equal ids of two sources apart, however they are cut', () => {
    expect(cloudEventId('a', 'bc')).not.toBe(cloudEventId('ab', 'c'));
    expect(cloudEventId('a', 'b')).toMatch(/^ce:[\w-]{43}$/);
  });

  it.each([
    [{ specversion: '0.3' }, 'specversion'],
    [{ id: '' }, 'id and source'],
    [{ source: undefined }, 'id and source'],
    [{ time: undefined }, 'no time'],
    [{ time: '2024-01-31' }, 'time "2024-01-31" is no time'],
    [{ data: { quantity: 'x' } }, 'quantity'],
    [{ data: { set: 1 } }, 'set'],
  ])('calls an event with %j broken', (change, reason) => {
    expect(judge(reader, { ...event, ...change })).toEqual({
      kind: 'broken',
      reason: expect.stringContaining(reason),
    });
  });
});

function judge(reader: LineReader, value: unknown): Verdict | undefined {
  const bytes = Buffer.from(JSON.stringify(value));
  return reader.read({ number: 1, offset: 0, bytes, isTerminated: true, isOverlong: false })[0]?.verdict;
}
