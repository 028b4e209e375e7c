import { describe, expect, it } from 'vitest';
import { Lanes } from './lanes.js';

describe('Lanes', () => {
  it('runs no more tasks at once than it has lanes, and all of them', async () => {
    const lanes = new Lanes(3);
    let running = 0;
    let done = 0;
    for (let index = 0; index < 20; index += 1) {
      await lanes.start(async () => {
        running += 1;
        expect(running).toBeLessThanOrEqual(3);
        await Promise.resolve();
        running -= 1;
        done += 1;
      });
    }
    await lanes.drain();
    expect(done).toBe(20);
    expect(lanes.peak).toBe(3);
  });

  it('throws what a task threw, once all have ended', async () => {
    const lanes = new Lanes(2);
    await lanes.start(() => Promise.reject(new Error('broken task')));
    await expect(lanes.drain()).rejects.toThrow('broken task');
    await expect(lanes.start(async () => undefined)).rejects.toThrow('broken task');
  });
});
