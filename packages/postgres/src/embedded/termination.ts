import { setTimeout as delay } from 'node:timers/promises';
import { systemCode } from './system-error.js';

export interface TerminationStep {
  readonly signal: NodeJS.Signals;
  readonly waitMs: number;
}

const IMMEDIATE_WAIT_MS = 5_000;
const KILL_WAIT_MS = 5_000;
const POLL_MS = 20;

/** PostgreSQL's signals: fast (roll back, checkpoint, exit), immediate (exit, recover next time), kill. */
export function shutdownSteps(fastWaitMs: number): readonly TerminationStep[] {
  return [
    { signal: 'SIGINT', waitMs: fastWaitMs },
    { signal: 'SIGQUIT', waitMs: IMMEDIATE_WAIT_MS },
    { signal: 'SIGKILL', waitMs: KILL_WAIT_MS },
  ];
}

export interface Terminable {
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Whether it ended within this time. */
  readonly endsWithin: (waitMs: number) => Promise<boolean>;
}

/** Goes on to the next step while the process lives. The signal it ended by; undefined when it did not. */
export async function terminate(
  process: Terminable,
  steps: readonly TerminationStep[],
): Promise<NodeJS.Signals | undefined> {
  for (const { signal, waitMs } of steps) {
    process.signal(signal);
    if (await process.endsWithin(waitMs)) return signal;
  }
  return undefined;
}

/** Sends a signal; false when there is no such process any more. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ESRCH') return false;
    throw error;
  }
}

/** Asks again until `condition` holds or the time is over; whether it holds. */
export async function eventually(condition: () => Promise<boolean>, waitMs: number): Promise<boolean> {
  const deadline = performance.now() + waitMs;
  while (!(await condition())) {
    if (performance.now() >= deadline) return false;
    await delay(POLL_MS);
  }
  return true;
}
