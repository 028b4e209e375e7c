export type JsonPrimitive = string | number | boolean | null;
export type JsonValue = JsonPrimitive | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

/** Bounds of what an item may hold; the byte limit leaves room under DynamoDB's 400 KB an item. */
export const JSON_DEPTH_LIMIT = 32;
export const JSON_BYTES_LIMIT = 256 * 1024;

const FORBIDDEN_NAMES = new Set(['__proto__', 'constructor', 'prototype']);

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The one spelling of a value: names sorted, no spaces. Equal values have equal bytes. */
export function canonicalJson(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map((inner) => canonicalJson(inner ?? null)).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(Object.is(value, -0) ? 0 : value);
  const names = Object.keys(value).sort();
  // JavaScript moves whole numbers to the front of an object's names, and so did every spelling that was ever hashed.
  if (names.some(isWholeNumber)) return JSON.stringify(sorted(value));
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonicalJson(value[name] ?? null)}`).join(',')}}`;
}

function isWholeNumber(name: string): boolean {
  const first = name.charCodeAt(0);
  return first >= DIGIT_ZERO && first <= DIGIT_NINE;
}

const [DIGIT_ZERO, DIGIT_NINE] = [48, 57];

function sorted(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isJsonObject(value)) return Object.is(value, -0) ? 0 : value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, sorted(value[name] ?? null)]));
}

export function sameJson(left: JsonValue, right: JsonValue): boolean {
  return canonicalJson(left) === canonicalJson(right);
}

/** Objects merge name by name to any depth; arrays and everything else are replaced. */
export function mergeDeep(base: JsonObject, patch: JsonObject): JsonObject {
  // Through a map: assigning to the name `__proto__` would change the prototype, where no check sees it.
  const merged = new Map(Object.entries(base));
  for (const [name, value] of Object.entries(patch)) {
    const before = merged.get(name);
    merged.set(name, isJsonObject(before) && isJsonObject(value) ? mergeDeep(before, value) : value);
  }
  return Object.fromEntries(merged);
}

export type JsonFlaw = { readonly path: string; readonly message: string };

/** What keeps a value from being stored exactly on every store, or null. Paths are dotted. */
export function jsonFlaw(value: unknown, path = '', depth = 0): JsonFlaw | null {
  return isSound(value, depth) ? null : flawIn(value, path, depth);
}

/** The same question without saying where: nearly everything is sound, and naming places is what costs. */
function isSound(value: unknown, depth: number): boolean {
  if (depth > JSON_DEPTH_LIMIT) return false;
  if (typeof value === 'string') return isSoundText(value);
  if (typeof value === 'number') return Number.isFinite(value);
  if (value === null || typeof value === 'boolean') return true;
  if (typeof value !== 'object') return false;
  // A hole in an array is no value, and `every` would pass over it.
  if (Array.isArray(value))
    return !value.includes(undefined) && value.every((inner) => isSound(inner, depth + 1));
  return Object.entries(value).every(
    ([name, inner]) => !FORBIDDEN_NAMES.has(name) && isSoundText(name) && isSound(inner, depth + 1),
  );
}

function flawIn(value: unknown, path: string, depth: number): JsonFlaw | null {
  if (depth > JSON_DEPTH_LIMIT) return { path, message: `is nested deeper than ${JSON_DEPTH_LIMIT} levels` };
  if (value === null || typeof value === 'boolean') return null;
  if (typeof value === 'string') return textFlaw(value, path);
  if (typeof value === 'number')
    return Number.isFinite(value) ? null : { path, message: 'is not a finite number' };
  if (Array.isArray(value)) return firstFlaw(value.entries(), path, depth);
  if (isJsonObject(value)) return firstFlaw(Object.entries(value), path, depth);
  return { path, message: `is a ${typeof value}, which JSON cannot hold` };
}

function firstFlaw(
  entries: Iterable<[string | number, unknown]>,
  path: string,
  depth: number,
): JsonFlaw | null {
  for (const [name, inner] of entries) {
    const innerPath = path === '' ? String(name) : `${path}.${name}`;
    if (typeof name === 'string') {
      const nameFlaw = FORBIDDEN_NAMES.has(name)
        ? { path: innerPath, message: 'is a name that is not allowed' }
        : textFlaw(name, innerPath);
      if (nameFlaw) return nameFlaw;
    }
    const flaw = flawIn(inner, innerPath, depth + 1);
    if (flaw) return flaw;
  }
  return null;
}

function isSoundText(text: string): boolean {
  return !text.includes('\u0000') && text.isWellFormed();
}

function textFlaw(text: string, path: string): JsonFlaw | null {
  if (text.includes('\u0000')) return { path, message: 'contains a NUL character' };
  if (!text.isWellFormed()) return { path, message: 'contains half of a surrogate pair' };
  return null;
}
