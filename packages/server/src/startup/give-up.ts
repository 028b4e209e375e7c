import { StartupError } from './startup-error.js';

interface StopRequest {
  readonly requested: Promise<unknown>;
  /** How long the start may still take once a stop is requested. */
  readonly graceMs: number;
}

/**
 * What was started, also when a stop is requested meanwhile and it is ready in time to be stopped in good order.
 * Otherwise throws `StartupError`: something hangs, and the process should end without it.
 */
export async function startedOrGivenUp<T>(starting: Promise<T>, stop: StopRequest): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const givenUp = new Promise<never>((_resolve, reject) => {
    void stop.requested.then(() => {
      if (!isOver) timer = setTimeout(() => reject(hangs(stop.graceMs)), stop.graceMs);
    });
  });
  try {
    return await Promise.race([starting, givenUp]);
  } finally {
    isOver = true;
    clearTimeout(timer);
  }
}

function hangs(graceMs: number): StartupError {
  return new StartupError(
    `It was told to stop while it started, and the start did not end within ${graceMs / 1000} s. Is LANDLORD_DATA_DIR a folder that can be written, and the database reachable?`,
  );
}
