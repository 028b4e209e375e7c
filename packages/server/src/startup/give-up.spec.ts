import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startedOrGivenUp } from './give-up.js';

const never = new Promise<never>(() => undefined);
const asked = Promise.resolve('SIGTERM');

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a start', () => {
  it('is what was started when nobody asks to stop', async () => {
    expect(await startedOrGivenUp(Promise.resolve('server'), { requested: never, graceMs: 10 })).toBe(
      'server',
    );
  });

  it('fails with its own failure', async () => {
    const failing = Promise.reject(new Error('port taken'));
    await expect(startedOrGivenUp(failing, { requested: asked, graceMs: 10 })).rejects.toThrow('port taken');
  });

  it('may still end in time after a stop is requested', async () => {
    const starting = new Promise((resolve) => setTimeout(resolve, 9_999, 'server'));
    const outcome = startedOrGivenUp(starting, { requested: asked, graceMs: 10_000 });
    await vi.advanceTimersByTimeAsync(9_999);
    expect(await outcome).toBe('server');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that hangs is given up, once a stop is requested', async () => {
    const outcome = startedOrGivenUp(never, { requested: asked, graceMs: 10_000 });
    const refused = expect(outcome).rejects.toMatchObject({
      name: 'StartupError',
      message: expect.stringContaining('did not end within 10 s'),
    });
    await vi.advanceTimersByTimeAsync(10_000);
    await refused;
  });

  it('leaves no timer behind when the stop is requested later', async () => {
    let request = () => undefined as unknown;
    const requested = new Promise((resolve) => {
      request = () => resolve('SIGTERM');
    });
    await startedOrGivenUp(Promise.resolve('server'), { requested, graceMs: 10_000 });
    request();
    await requested;
    expect(vi.getTimerCount()).toBe(0);
  });
});
