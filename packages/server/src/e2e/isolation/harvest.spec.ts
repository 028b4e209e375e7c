import { describe, expect, it } from 'vitest';
import { Harvest } from './harvest.js';

function harvestOf(marker: string, ...bodies: unknown[]): Harvest {
  const harvest = new Harvest(marker);
  for (const body of bodies) {
    const headers = { 'content-type': 'application/json', etag: '"3"' };
    harvest.addAnswer({ status: 200, headers, text: JSON.stringify(body), durationMs: 1 }, '/users');
  }
  return harvest;
}

describe('a harvest', () => {
  it('knows what could be a parameter, first of the own collection', () => {
    const harvest = harvestOf('qa1', { items: [{ id: 'usr-1', planCode: 'starter', note: 'x' }] });
    harvest.add('id', 'elsewhere', '/audit');
    harvest.add('id', 'usr-2', '/users');
    expect(harvest.candidates('userId', '/users/{userId}')).toEqual(['usr-1', 'usr-2', 'elsewhere']);
    expect(harvest.candidates('code')).toEqual(['starter']);
    expect(harvest.candidates('If-Match')).toEqual(['"3"']);
  });

  it('has the same order for those who are alike, whatever ids the server made', () => {
    const [left, right] = ['2f12ba95e244', '0b32f803d866'];
    const one = harvestOf('qa1', [
      { id: left, name: 'qa1-1' },
      { id: right, name: 'qa1-2' },
    ]);
    const other = harvestOf('qm9', [
      { id: left, name: 'qm9-2' },
      { id: right, name: 'qm9-1' },
    ]);
    expect(one.candidates('id')).toEqual([left, right]);
    expect(other.candidates('id')).toEqual([right, left]);
  });

  it('reads lines of JSON, and nothing else', () => {
    const harvest = new Harvest('qa1');
    const answer = (type: string, text: string) => ({
      status: 200,
      headers: { 'content-type': type },
      text,
      durationMs: 1,
    });
    harvest.addAnswer(answer('application/x-ndjson', '{"id":"one"}\n{"id":"two"}\n'), '/export');
    harvest.addAnswer(answer('text/html', '{"id":"three"}'), '/docs');
    expect(harvest.texts()).toEqual(['one', 'two']);
  });
});
