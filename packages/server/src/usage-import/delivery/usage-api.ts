import type { Batch } from '../usage-event.js';
import { type Answer, readAnswer } from './answer.js';

/** Sends one batch and says what came of it. Never throws for what a server or network can do. */
export type SendBatch = (batch: Batch) => Promise<Answer>;

export interface UsageApiOptions {
  /** Without a slash at the end. */
  url: string;
  token: string;
  namesTenant: boolean;
  requestTimeoutMs: number;
}

const MAX_ANSWER_BYTES = 1024 * 1024;

/** `POST /usage/events` over HTTP. */
export function usageApi(options: UsageApiOptions): SendBatch {
  return async ({ tenant, entries }) => {
    try {
      const response = await fetch(`${options.url}/usage/events`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${options.token}`,
          ...(options.namesTenant ? { 'x-tenant-code': tenant } : {}),
        },
        body: JSON.stringify(entries.map(({ event }) => event)),
        // A redirect would turn the POST into a GET, or carry the token elsewhere.
        redirect: 'manual',
        signal: AbortSignal.timeout(options.requestTimeoutMs),
      });
      const raw = {
        status: response.status,
        retryAfter: response.headers.get('retry-after'),
        body: await boundedText(response),
      };
      return readAnswer(raw, { size: entries.length, nowMs: Date.now() });
    } catch (error) {
      return { kind: 'unavailable', reason: networkReason(error), retryAfterMs: undefined };
    }
  };
}

async function boundedText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_ANSWER_BYTES) return '';
  }
  return text;
}

function networkReason(error: unknown): string {
  if (!(error instanceof Error)) return 'the request failed';
  const { cause } = error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : error.name;
  return `no answer (${code})`;
}
