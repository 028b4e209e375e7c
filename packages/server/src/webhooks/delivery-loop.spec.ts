import { WebhookBell } from '@landlord/saas';
import { describe, expect, it } from 'vitest';
import { startDeliveryLoop } from './delivery-loop.js';

const LONG_MS = 3_600_000;
const soon = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A dispatcher that counts, and does what the test says. */
function open({ pollMs = LONG_MS, dispatch = async () => ({ taken: 0, isThrough: true }) } = {}) {
  const bell = new WebhookBell();
  const errors: string[] = [];
  let goes = 0;
  let finishing: Promise<void> = Promise.resolve();
  let isCutOff = false;
  const stop = startDeliveryLoop({
    dispatcher: {
      dispatch: () => {
        goes += 1;
        return dispatch();
      },
      finish: () => finishing,
    },
    bell,
    clock: { now: () => '2024-01-01T00:00:00.000Z' },
    onError: (message) => errors.push(message),
    cutOff: () => {
      isCutOff = true;
    },
    pollMs,
  });
  const until = async (count: number) => {
    while (goes < count) await soon();
  };
  const hold = (work: Promise<void>) => {
    finishing = work;
  };
  return { bell, errors, stop, until, hold, goes: () => goes, isCutOff: () => isCutOff };
}

describe('the loop that sends', () => {
  it('looks at once, and again when the bell rings', async () => {
    const { bell, stop, until, goes } = open();
    await until(1);
    await soon();
    expect(goes()).toBe(1);
    bell.ring();
    await until(2);
    await stop();
    expect(goes()).toBe(2);
  });

  it('hears a bell that rang while it was looking', async () => {
    let goOn: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const dispatch = async () => {
      await gate;
      return { taken: 1, isThrough: true };
    };
    const { bell, stop, until } = open({ dispatch });
    await until(1);
    bell.ring();
    goOn();
    await until(2);
    await stop();
  });

  it('looks again by itself, also after a fault', async () => {
    const dispatch = () => Promise.reject(new Error('the store is away'));
    const { stop, until, errors } = open({ pollMs: 1, dispatch });
    await until(3);
    await stop();
    expect(new Set(errors)).toEqual(new Set(['webhooks that are due could not be sent']));
  });

  it('goes on at once where there is more than one go takes', async () => {
    let left = 5;
    const dispatch = async () => {
      left -= 1;
      return { taken: 1, isThrough: left === 0 };
    };
    const { stop, until } = open({ dispatch });
    await until(5);
    await stop();
  });

  it('waits for what is under way when it stops', async () => {
    const { stop, until, hold, isCutOff } = open();
    await until(1);
    let isDone = false;
    hold(
      soon().then(() => {
        isDone = true;
      }),
    );
    await stop();
    expect([isDone, isCutOff()]).toEqual([true, false]);
  });
});
