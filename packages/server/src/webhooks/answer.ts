import { type IncomingMessage } from 'node:http';
import { type WebhookAnswer } from '@landlord/saas';

/** Read of an answer. */
export const EXCERPT_BYTES = 1_024;
/** Kept of it. */
const EXCERPT_LENGTH = 500;
const GONE = 410;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/g;

/** 2xx is delivered; a redirect is an answer that is not, since it could lead anywhere. */
export function answerOf(
  { statusCode = 0, headers }: Pick<IncomingMessage, 'statusCode' | 'headers'>,
  excerpt: Buffer,
  durationMs: number,
): WebhookAnswer {
  const response = readable(excerpt);
  const kept = { status: statusCode, response, durationMs };
  if (statusCode >= 200 && statusCode < 300)
    return { ...kept, outcome: 'delivered', error: null, retryAfterMs: null };
  return {
    ...kept,
    outcome: statusCode === GONE ? 'gone' : 'failed',
    error: errorOf(statusCode),
    retryAfterMs: retryAfterMs(headers['retry-after'], Date.now()),
  };
}

export function failedAnswer(error: string, durationMs: number): WebhookAnswer {
  return { outcome: 'failed', status: null, error, response: null, retryAfterMs: null, durationMs };
}

/** Seconds, or a date; null for anything else. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | null {
  if (header === undefined) return null;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1000;
  const atMs = /^[A-Za-z]{3},/.test(header) ? Date.parse(header) : Number.NaN;
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - nowMs);
}

function errorOf(status: number): string {
  if (status >= 300 && status < 400) return `the answer was ${status}: redirects are not followed`;
  if (status === GONE) return `the answer was ${status}: gone for good`;
  return `the answer was ${status}`;
}

function readable(excerpt: Buffer): string {
  return excerpt.toString('utf8').replace(CONTROL, ' ').slice(0, EXCERPT_LENGTH).toWellFormed();
}
