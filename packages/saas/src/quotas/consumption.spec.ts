import { Quantity } from '@landlord/kernel/pure';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attemptEvents, consumptionFlaw, returnedEvent } from './consumption.js';

const request = { metric: 'apiCalls', quantity: Quantity.of('1.5'), id: 'order-1' };

describe('attempts at one piece of work', () => {
  it('count under ids of their own, each giving back the one before', () => {
    const told = (attempt: number) =>
      attemptEvents(request, attempt).map(({ id, quantity }) => [id, quantity.toString()]);
    expect(told(1)).toEqual([['landlord:consumed:apiCalls:order-1:1', '1.5']]);
    expect(told(3)).toEqual([
      ['landlord:returned:apiCalls:order-1:2', '-1.5'],
      ['landlord:consumed:apiCalls:order-1:3', '1.5'],
    ]);
  });

  it('leave one counted after any attempt, and none after the last is given back, whatever was given back before', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }), (givenBack) => {
        const counted = new Map<string, Quantity>();
        const count = (events: ReturnType<typeof attemptEvents>) => {
          for (const { id, quantity } of events) if (!counted.has(id)) counted.set(id, quantity);
        };
        const total = () =>
          [...counted.values()].reduce((sum, each) => sum.add(each), Quantity.zero).toString();
        for (const [index, isGivenBack] of givenBack.entries()) {
          count(attemptEvents(request, index + 1));
          expect(total()).toBe('1.5');
          if (isGivenBack) count([returnedEvent(request, index + 1)]);
        }
        count([returnedEvent(request, givenBack.length)]);
        expect(total()).toBe('0');
      }),
    );
  });

  it.each([
    [{}, null],
    [{ quantity: Quantity.zero }, 'quantity'],
    [{ quantity: Quantity.of(-1) }, 'quantity'],
    [{ id: '' }, 'id'],
    [{ id: 'x'.repeat(200) }, null],
    [{ id: 'x'.repeat(201) }, 'id'],
  ])('may be of %j: %s', (change, path) => {
    expect(consumptionFlaw({ ...request, ...change })?.path ?? null).toBe(path);
  });
});
