import { jsonValues, type WireAnswer } from './wire.js';

/** What is each caller's own, and so must not count as a difference. */
export interface Names {
  readonly own: string;
  /** Of the tenant that is asked for, or of the one that never was. */
  readonly others: readonly string[];
}

const VOLATILE_HEADERS = new Set(['date', 'x-request-id', 'content-length', 'connection', 'keep-alive']);
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
/** Callers number their names as they need them. */
const NUMBERED = /(<own>-)\d+/g;
const CURSOR = /("nextCursor":)"[^"]+"/g;
/** Of base64, and so not one word. */
const SIGNING_SECRET = /whsec_[A-Za-z0-9+/]+=*/g;
const WORD = /(?<![\w-])[\w-]{12,}(?![\w-])/g;
const HEX = /^[0-9a-f]+$/;
const MIXED = /^(?=.*[A-Za-z])(?=.*\d)|(?=.*[a-z])(?=.*[A-Z])/;
const MIXED_LENGTH = 16;

/** An answer with everything neutral that may differ between two callers who are alike. */
export function comparable(answer: WireAnswer, names: Names): string {
  const { status, headers, text } = answer;
  const neutral = (raw: string) => neutralised(raw, names, headers['x-request-id']);
  const kept = Object.entries(headers)
    .filter(([name]) => !VOLATILE_HEADERS.has(name))
    .map(([name, value]) => `${name}: ${neutral(value)}`)
    .sort();
  return [String(status), ...kept, neutralBody(answer, neutral(text))].join('\n');
}

/** Of a list the order does not count: it may follow from ids. */
function neutralBody({ status, headers }: WireAnswer, text: string): string {
  const values = status < 300 ? jsonValues(text, headers['content-type']) : [];
  return values.length === 0 ? text : JSON.stringify(unordered(values));
}

function unordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => JSON.stringify(unordered(each))).sort();
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, unordered(each)]));
}

function neutralised(text: string, { own, others }: Names, requestId: string | undefined): string {
  let result = requestId ? text.replaceAll(requestId, '<request>') : text;
  result = replacedAnyCase(result, own, '<own>');
  for (const other of others) result = replacedAnyCase(result, other, '<other>');
  return withoutMinted(result.replace(NUMBERED, '$1n').replace(CURSOR, '$1"<cursor>"'));
}

/** Without what the server makes up, different each time. */
export function withoutMinted(text: string): string {
  const plain = text.replace(UUID, '<uuid>').replace(SIGNING_SECRET, '<token>');
  return plain.replace(WORD, (word) => (isMinted(word) ? '<token>' : word));
}

function isMinted(word: string): boolean {
  return HEX.test(word) || (word.length >= MIXED_LENGTH && MIXED.test(word));
}

function replacedAnyCase(text: string, part: string, replacement: string): string {
  return text.replaceAll(part, replacement).replaceAll(part.toUpperCase(), replacement);
}
