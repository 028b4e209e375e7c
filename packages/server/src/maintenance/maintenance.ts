import { type Clock, type Store } from '@landlord/kernel';

const INTERVAL_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** How long an idempotency key is kept. */
export const IDEMPOTENCY_DAYS = 35;
/** Events of unique meters come at most 800 days late. */
const SIGHTING_DAYS = 835;
const BATCH_SIZE = 1_000;
const BATCHES_LIMIT = 1_000;

export interface MaintenanceOptions {
  readonly store: Pick<Store, 'forgetIdempotency' | 'forgetSightings'>;
  readonly clock: Clock;
  readonly onError: (message: string, error: unknown) => void;
  readonly intervalMs?: number;
}

/** Forgets what is no longer needed, every hour. Returns how to stop it, which waits for the batch in hand. */
export function startMaintenance(options: MaintenanceOptions): () => Promise<void> {
  const stopping = new AbortController();
  let running: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    running = running
      .then(() => forgetOldKeys(options, stopping.signal))
      .catch((error: unknown) => options.onError('old idempotency keys could not be removed', error))
      .then(() => forgetOldSightings(options, stopping.signal))
      .catch((error: unknown) =>
        options.onError('what unique meters saw long ago could not be removed', error),
      );
  }, options.intervalMs ?? INTERVAL_MS);
  timer.unref();
  return async () => {
    stopping.abort();
    clearInterval(timer);
    await running;
  };
}

/** Returns how many were forgotten. */
export async function forgetOldKeys(
  { store, clock }: Pick<MaintenanceOptions, 'clock'> & { store: Pick<Store, 'forgetIdempotency'> },
  signal: AbortSignal,
): Promise<number> {
  const before = new Date(Date.parse(clock.now()) - IDEMPOTENCY_DAYS * DAY_MS).toISOString();
  return inBatches((limit) => store.forgetIdempotency(before, limit), signal);
}

/** Values of periods so long ago that no event can fall into them any more. Returns how many were forgotten. */
export async function forgetOldSightings(
  { store, clock }: Pick<MaintenanceOptions, 'clock'> & { store: Pick<Store, 'forgetSightings'> },
  signal: AbortSignal,
): Promise<number> {
  const month = new Date(Date.parse(clock.now()) - SIGHTING_DAYS * DAY_MS).toISOString().slice(0, 7);
  return inBatches((limit) => store.forgetSightings(`USAGE#${month}`, limit), signal);
}

async function inBatches(forget: (limit: number) => Promise<number>, signal: AbortSignal): Promise<number> {
  let forgotten = 0;
  for (let batch = 0; batch < BATCHES_LIMIT && !signal.aborted; batch += 1) {
    const count = await forget(BATCH_SIZE);
    forgotten += count;
    if (count < BATCH_SIZE) break;
  }
  return forgotten;
}
