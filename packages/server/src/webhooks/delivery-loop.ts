import { setTimeout } from 'node:timers/promises';
import { type Clock } from '@landlord/kernel';
import { type WebhookBell, type WebhookDispatcher } from '@landlord/saas';

/** How long what another process has made due may wait. */
const POLL_MS = 2_000;
/** How long requests under way may take when the server stops. */
const FINISH_MS = 5_000;

export interface DeliveryLoopOptions {
  readonly dispatcher: Pick<WebhookDispatcher, 'dispatch' | 'finish'>;
  readonly bell: Pick<WebhookBell, 'heard'>;
  readonly clock: Clock;
  readonly onError: (message: string, error: unknown) => void;
  /** Cuts off what is under way. */
  readonly cutOff: () => void;
  readonly pollMs?: number;
}

/** Sends webhooks as they fall due. Returns how to stop it, which gives what is under way 5 s. */
export function startDeliveryLoop(options: DeliveryLoopOptions): () => Promise<void> {
  const stopping = new AbortController();
  const running = run(options, stopping.signal);
  return async () => {
    stopping.abort();
    await running;
    const finished = options.dispatcher.finish();
    const waiting = new AbortController();
    const late = setTimeout(FINISH_MS, undefined, { signal: waiting.signal }).catch(() => undefined);
    await Promise.race([finished, late.then(options.cutOff)]);
    waiting.abort();
    await finished;
  };
}

/** Never rejects. */
async function run(options: DeliveryLoopOptions, signal: AbortSignal): Promise<void> {
  const { dispatcher, bell, clock, onError, pollMs = POLL_MS } = options;
  while (!signal.aborted) {
    try {
      const { isThrough, taken } = await dispatcher.dispatch(clock.now(), { onFailure: onError, signal });
      if (isThrough || taken === 0) await bell.heard(pollMs, signal);
    } catch (error) {
      onError('webhooks that are due could not be sent', error);
      await setTimeout(pollMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
