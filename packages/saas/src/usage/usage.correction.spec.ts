import { type RecordedEvent } from '@landlord/kernel';
import { describe, expect, it } from 'vitest';
import { correctionCommand, correctionKeyOf } from './usage.correction.item.js';
import { correctingEvent, correctionFlaw } from './usage.correction.rules.js';
import { correctionAttributes } from './usage.correction.schema.js';
import { eventOf } from './usage.rules.fixture.js';

const AT = '2024-01-15T10:30:00.000Z';
const HERE = { pooledWith: ['top'], metrics: new Set(['apiCalls', 'peak']) };
const INPUT = { id: 'c-1', corrects: 'e-1', reason: 'a test' };

function recorded(overrides: Partial<RecordedEvent> = {}): RecordedEvent {
  const said = { pooledWith: ['top'], userId: 'u', requestId: 'r', recordedAt: AT };
  return { ...eventOf({ metric: 'apiCalls', at: AT, add: '2.5' }), ...said, id: 'e-1', ...overrides };
}

describe('a correction', () => {
  it('takes back what the event added, where and when it did', () => {
    const event = correctingEvent(recorded(), INPUT);
    expect(event).toMatchObject({
      id: 'c-1',
      mode: 'correct',
      quantity: '-2.5',
      at: AT,
      hour: '2024-01-15T10:00:00.000Z',
      periodSk: 'USAGE#2024-01',
      properties: { corrects: 'e-1', reason: 'a test' },
      readings: [{ metric: 'apiCalls', mode: 'add', quantity: '-2.5' }],
    });
    expect(event.fingerprint).toMatch(/^[0-9a-f]{32}$/);
    expect(correctionFlaw(recorded(), HERE)).toBeNull();
  });

  it('is one item for each event, as an import knows it', () => {
    const command = correctionCommand('acme', correctingEvent(recorded(), INPUT));
    const other = correctionCommand('acme', correctingEvent(recorded(), { ...INPUT, id: 'c-2' }));
    expect([other.pk, other.sk]).toEqual([command.pk, command.sk]);
    expect(correctionAttributes.safeParse(command.attributes).success).toBe(true);
    const item = { ...command, isDeleted: false, dueAt: null, createdAt: AT, createdBy: 'u', updatedAt: AT };
    const whole = { ...item, updatedBy: 'u', requestId: 'r', source: 's' };
    expect(correctionKeyOf(whole)).toEqual({ pk: command.pk, sk: command.sk });
    expect(correctionKeyOf({ ...whole, code: 'else' })).toBeNull();
  });

  const reading = { metric: 'peak', quantity: '1', dimensions: {} };
  it.each<[string, Partial<RecordedEvent>, RegExp]>([
    ['a correction', { mode: 'correct' }, /is a correction itself/],
    ['a setting', { readings: [{ ...reading, mode: 'set' }] }, /set it again/],
    ['a maximum', { readings: [{ ...reading, mode: 'max' }] }, /only the result is kept/],
    [
      'one for a meter that is elsewhere',
      { readings: [{ ...reading, metric: 'x', mode: 'add' }] },
      /no such meter/,
    ],
    ['one of the system', { id: 'landlord:x' }, /the system's own/],
    ['one counted elsewhere', { pooledWith: [] }, /another subscription/],
  ])('is refused of %s', (_what, overrides, message) => {
    expect(correctionFlaw(recorded(overrides), HERE)).toMatchObject({
      code: 'invalid_transition',
      message: expect.stringMatching(message),
    });
  });
});
