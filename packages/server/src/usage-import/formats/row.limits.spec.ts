import { eventsBody } from '@landlord/saas';
import { describe, expect, it } from 'vitest';
import { jsonLinesReader } from './json-lines.js';
import type { RowOptions } from './row.js';

const options: RowOptions = {
  metric: undefined,
  tenantFrom: { kind: 'fixed', code: 'acme' },
  columns: {},
  properties: [],
};
const event = { id: 'e-1', metric: 'apiCalls', timestamp: '2024-01-31T23:59:59Z' };
const text = (length: number) => 'x'.repeat(length);
const names = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`p-${n}`, n]));

describe('the limits of a row', () => {
  it.each<[string, object, boolean]>([
    ['id of 255', { id: text(255) }, true],
    ['id of 256', { id: text(256) }, false],
    ['blank id', { id: ' ' }, false],
    ['id with a line end', { id: 'a\nb' }, true],
    ['id with a NUL', { id: 'a\0b' }, false],
    ['id with half a pair', { id: '\ud83d' }, false],
    ['metric of 255', { metric: text(255) }, true],
    ['metric of 256', { metric: text(256) }, false],
    ['metric that is a number', { metric: 7 }, false],
    ['quantity of 30 digits', { quantity: '9'.repeat(30) }, true],
    ['negative quantity of 30 digits', { quantity: `-${'9'.repeat(30)}` }, true],
    ['quantity of 31 digits', { quantity: '9'.repeat(31) }, false],
    ['9 places', { quantity: '0.000000001' }, true],
    ['10 places', { quantity: '0.0000000001' }, false],
    ['leading zeros', { quantity: '007' }, false],
    ['plus sign', { quantity: '+1' }, false],
    ['number with an exponent', { quantity: 1e-7 }, true],
    ['text with an exponent', { quantity: '1e-7' }, false],
    ['number of 15 digits', { quantity: 123456.789012345 }, true],
    ['number of 16 digits', { quantity: 1234567.890123456 }, false],
    ['32 properties', { properties: names(32) }, true],
    ['33 properties', { properties: names(33) }, false],
    ['property name of 64', { properties: { [text(64)]: 1 } }, true],
    ['property name of 65', { properties: { [text(65)]: 1 } }, false],
    ['empty property name', { properties: { '': 1 } }, false],
    ['property text of 500', { properties: { a: text(500) } }, true],
    ['property text of 501', { properties: { a: text(501) } }, false],
    ['empty property text', { properties: { a: '' } }, true],
    ['property null', { properties: { a: null } }, true],
    ['property true', { properties: { a: true } }, true],
    ['property list', { properties: { a: [] } }, false],
    ['year 9989', { timestamp: '9989-12-31T23:59:59Z' }, true],
    ['year 9990', { timestamp: '9989-12-31T23:59:59-01:00' }, false],
  ])('%s: here as in the API', (_, change, isTaken) => {
    const row = { ...event, ...change };
    expect(eventsBody.safeParse([row]).success).toBe(isTaken);
    const verdict = verdictOf(row);
    expect(verdict?.kind).toBe(isTaken ? 'usage' : 'broken');
    if (verdict?.kind !== 'usage') return;
    const { id, metric, quantity, properties } = verdict.usage;
    const kept = JSON.parse(JSON.stringify({ ...event, id, metric, quantity, properties }));
    expect(eventsBody.parse([kept])).toEqual(eventsBody.parse([{ ...row, timestamp: event.timestamp }]));
  });
});

function verdictOf(row: object) {
  const bytes = Buffer.from(JSON.stringify(row));
  const line = { number: 1, offset: 0, bytes, isTerminated: true, isOverlong: false };
  return jsonLinesReader(options).read(line)[0]?.verdict;
}
