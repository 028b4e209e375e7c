import { describe, expect, it } from 'vitest';
import { eventually, shutdownSteps, terminate } from './termination.js';

/** A process that ends at the n-th signal. */
function endingAt(position: number) {
  const received: string[] = [];
  const waits: number[] = [];
  return {
    received,
    waits,
    signal: (signal: NodeJS.Signals) => void received.push(signal),
    endsWithin: async (waitMs: number) => {
      waits.push(waitMs);
      return received.length >= position;
    },
  };
}

describe('terminate', () => {
  it.each([
    [1, ['SIGINT'], 'SIGINT'],
    [2, ['SIGINT', 'SIGQUIT'], 'SIGQUIT'],
    [3, ['SIGINT', 'SIGQUIT', 'SIGKILL'], 'SIGKILL'],
    [4, ['SIGINT', 'SIGQUIT', 'SIGKILL'], undefined],
  ] as const)('a process that ends at signal %d', async (position, received, expected) => {
    const process = endingAt(position);
    expect(await terminate(process, shutdownSteps(123))).toBe(expected);
    expect(process.received).toEqual(received);
    expect(process.waits[0]).toBe(123);
  });
});

describe('eventually', () => {
  it('asks until the condition holds, and at least once', async () => {
    let asked = 0;
    expect(await eventually(async () => ++asked === 3, 5_000)).toBe(true);
    expect(await eventually(async () => true, 0)).toBe(true);
    expect(await eventually(async () => false, 0)).toBe(false);
    expect(asked).toBe(3);
  });
});
