import { type WalkedOperation } from './document.js';
import { type WireRequest } from './wire.js';

/** A request in the making. Values of path and query are as in the address, already encoded. */
export interface Draft {
  readonly operation: WalkedOperation;
  readonly path: Readonly<Record<string, string>>;
  readonly query: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** `undefined`: none. */
  readonly body?: unknown;
}

export function wireRequest({ operation, path, query, headers, body }: Draft): WireRequest {
  const address = operation.path.replace(/\{([^}]+)\}/g, (_, name: string) => path[name] ?? '');
  const search = query.map(([name, value]) => `${name}=${value}`).join('&');
  return {
    method: operation.method,
    target: search === '' ? address : `${address}?${search}`,
    headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
    body: body === undefined ? null : JSON.stringify(body),
  };
}

/** Everything that was sent, as readable as a server could make it; lower case. */
export function sentText({ target, headers, body }: WireRequest): string {
  const once = decoded(target);
  const texts = [target, once, decoded(once), JSON.stringify(headers), unescaped(headers), body ?? ''];
  return texts.join('\n').toLowerCase();
}

function unescaped(headers: WireRequest['headers']): string {
  return Object.values(headers).flat().map(decoded).join('\n');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Where a text stands within a JSON value: names and indexes from the root. */
export type Pointer = readonly (string | number)[];

/** Every text within a JSON value. */
export function textsWithin(value: unknown, base: Pointer = []): { pointer: Pointer; text: string }[] {
  if (typeof value === 'string') return [{ pointer: base, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return entries.flatMap(([name, each]) => textsWithin(each, [...base, name]));
}

/** A copy with another value at the place. */
export function replacedAt(value: unknown, [name, ...rest]: Pointer, replacement: unknown): unknown {
  if (name === undefined) return replacement;
  if (Array.isArray(value))
    return value.map((each, index) => (index === name ? replacedAt(each, rest, replacement) : each));
  const fields = (value ?? {}) as Record<string, unknown>;
  return { ...fields, [name]: replacedAt(fields[name], rest, replacement) };
}
