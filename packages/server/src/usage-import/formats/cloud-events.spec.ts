import { cloudEventId } from '@landlord/saas';
import { describe, expect, it } from 'vitest';
import { cloudEventsReader } from './cloud-events.js';
import type { LineReader, Verdict } from './reading.js';
import type { RowOptions } from './row.js';

const time = '2024-01-31T23:59:59Z';
const options: RowOptions = {
  metric: undefined,
  tenantFrom: { kind: 'column', name: 'subject' },
  columns: {},
  properties: ['region'],
};
const event = { specversion: '1.0', id: '7', source: '/api', type: 'apiCalls', time, subject: 'acme' };
const usage = {
  tenant: 'acme',
  metric: 'apiCalls',
  timestampMs: Date.parse(time),
  id: cloudEventId('/api', '7'),
};

describe('cloudEventsReader', () => {
  it('reads an event, and of its data what it knows or was asked for', () => {
    const data = { quantity: '2.5', metric: 'storageUsedGb', region: 'eu', secret: 'x' };
    expect(judge(event, { data })).toEqual({
      kind: 'usage',
      usage: { ...usage, metric: 'storageUsedGb', quantity: 2.5, properties: { region: 'eu' } },
    });
  });

  it.each([
    [{ type: 'projectCount' }, undefined, 'projectCount'],
    [{ type: 'projectCount', data: null }, undefined, 'projectCount'],
    [{ type: 'projectCount', data: {} }, undefined, 'projectCount'],
    [{ type: 'call', data: { metric: 'projectCount' } }, undefined, 'projectCount'],
    [{ type: 'call' }, 'apiCalls', 'apiCalls'],
    [{ type: 'call', data: { metric: 'projectCount' } }, 'apiCalls', 'apiCalls'],
  ])('takes of %j with --metric %s the metric %s', (change, metric, expected) => {
    expect(judge(event, change, metric)).toEqual({ kind: 'usage', usage: { ...usage, metric: expected } });
  });

  it.each([
    [{ specversion: '0.3' }, 'specversion: must be "1.0"'],
    [{ id: '' }, 'id: must not be empty'],
    [{ id: 'x'.repeat(256) }, 'id: must have at most 255'],
    [{ source: undefined }, 'source: is required'],
    [{ source: 'x'.repeat(2_001) }, 'source: must have at most 2000'],
    [{ type: undefined }, 'type: is required'],
    [{ type: 'x'.repeat(256) }, 'type: must have at most 255'],
    [{ time: undefined }, 'no time'],
    [{ time: '2024-01-31' }, 'time "2024-01-31" is no time'],
    [{ data: 'text' }, 'data: must be an object'],
    [{ data: [] }, 'data: must be an object'],
    [{ data: { metric: '' } }, 'data.metric: must not be empty'],
    [{ data: { metric: null } }, 'data.metric: must be a string'],
    [{ data: { quantity: 'x' } }, 'data.quantity: "x" is not a quantity'],
    [{ data: { quantity: '' } }, 'data.quantity: '],
    [{ data: { properties: 'x' } }, 'data.properties: must be'],
    [{ data: { set: 1 } }, '"set" is not imported'],
  ])('calls an event with %j broken', (change, reason) => {
    expect(judge(event, change)).toEqual({ kind: 'broken', reason: expect.stringContaining(reason) });
  });
});

function judge(whole: object, change: object, metric?: string): Verdict | undefined {
  const reader: LineReader = cloudEventsReader({ ...options, metric });
  const bytes = Buffer.from(JSON.stringify({ ...whole, ...change }));
  return reader.read({ number: 1, offset: 0, bytes, isTerminated: true, isOverlong: false })[0]?.verdict;
}
