import { type Item } from '@landlord/kernel';
import { describe, expect, it } from 'vitest';
import { SendingLanes } from './sending-lanes.service.js';

const itemOf = (id: string, endpointId: string) =>
  ({
    pk: 'TENANT#acme',
    sk: `WEBHOOKDELIVERY#${id}`,
    code: id,
    attributes: {
      ...{ endpointId, eventId: 'evt', eventName: 'webhook.test', occurredAt: '', tenantCode: null },
      ...{
        source: { pk: '', sk: '' },
        status: 'pending',
        failures: 0,
        attemptCount: 0,
        attempts: [],
        leaseUntil: null,
      },
    },
  }) as unknown as Item;

/** Lanes whose sendings end when the test says so. */
function open(outcome = true) {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  let rooms = 0;
  const lanes = new SendingLanes(
    (item) =>
      new Promise((resolve) => {
        begun.push(item.code);
        ends.set(item.code, () => resolve(outcome));
      }),
    () => {
      rooms += 1;
    },
  );
  const end = async (id: string) => {
    ends.get(id)?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { lanes, begun, end, rooms: () => rooms };
}

describe('lanes', () => {
  it('send four to one endpoint at once, the next ones behind them, and others beside', async () => {
    const { lanes, begun, end } = open();
    for (let index = 0; index < 6; index += 1) expect(lanes.take(itemOf(`a${index}`, 'a'))).toBe(true);
    expect(begun).toEqual(['a0', 'a1', 'a2', 'a3']);
    lanes.take(itemOf('b0', 'b'));
    expect(begun.at(-1)).toBe('b0');
    await end('a2');
    expect(begun.at(-1)).toBe('a4');
    await end('a4');
    expect(begun.at(-1)).toBe('a5');
  });

  it('take nothing twice, whether it is under way or waits', () => {
    const { lanes, begun } = open();
    for (let index = 0; index < 5; index += 1) lanes.take(itemOf(`a${index}`, 'a'));
    expect(lanes.take(itemOf('a0', 'a'))).toBe(false);
    expect(lanes.take(itemOf('a4', 'a'))).toBe(false);
    expect(begun).toHaveLength(4);
  });

  it('let no more than a hundred wait for one endpoint', () => {
    const { lanes } = open();
    const taken = Array.from({ length: 200 }, (_each, index) => lanes.take(itemOf(`a${index}`, 'a')));
    expect(taken.filter(Boolean)).toHaveLength(104);
  });

  it('are full at 64, which many endpoints fill and one cannot', () => {
    const { lanes } = open();
    for (let index = 0; index < 200; index += 1) lanes.take(itemOf(`a${index}`, 'a'));
    expect(lanes.isFull).toBe(false);
    for (let index = 0; index < 60; index += 1) lanes.take(itemOf(`b${index}`, `e${index}`));
    expect(lanes.isFull).toBe(true);
  });

  it('tell of room, and are idle in the end', async () => {
    const { lanes, end, rooms } = open();
    lanes.take(itemOf('a0', 'a'));
    expect([lanes.isIdle, rooms()]).toEqual([false, 0]);
    await end('a0');
    expect([lanes.isIdle, rooms()]).toEqual([true, 1]);
    expect(lanes.take(itemOf('a0', 'a'))).toBe(true);
  });

  it('leave alone for a while what could not be carried out', async () => {
    const { lanes, end } = open(false);
    lanes.take(itemOf('a0', 'a'));
    await end('a0');
    expect(lanes.take(itemOf('a0', 'a'))).toBe(false);
  });

  it('finish what has begun and forget what waits', async () => {
    const { lanes, begun, end } = open();
    for (let index = 0; index < 5; index += 1) lanes.take(itemOf(`a${index}`, 'a'));
    const finished = lanes.finish();
    for (let index = 0; index < 4; index += 1) await end(`a${index}`);
    await finished;
    expect(begun).toHaveLength(4);
  });
});
