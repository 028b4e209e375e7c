import { isJsonObject, type JsonObject, type JsonValue } from '@landlord/kernel/pure';

export const REDACTED = '[redacted]';

/** Attributes that hold a secret, or what one is checked with, whatever the item. A new kind of secret needs its name here. */
const SECRET_NAMES: ReadonlySet<string> = new Set([
  'secret',
  'secrets',
  'previousSecret',
  'signingSecret',
  'token',
  'tokenHash',
  'keyHash',
  'hash',
  'password',
  'passwordHash',
]);

/** Sort keys that are themselves the hash of a secret. */
const SECRET_SORT_KEY = /\b(APIKEY|INVITATION)#([0-9a-f]{8})[0-9a-f]{24,}/g;

/** What may be shown of a command or a state: secrets are replaced at any depth. */
export function withoutSecrets(value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      SECRET_NAMES.has(name) && inner !== null ? REDACTED : shown(inner),
    ]),
  );
}

/** `TENANT#acme#APIKEY#3f9a01c2...`: enough to tell two items apart, too little to look one up by. */
export function shownId(id: string): string {
  return id.replace(SECRET_SORT_KEY, '$1#$2...');
}

function shown(value: JsonValue): JsonValue {
  if (typeof value === 'string') return shownId(value);
  if (Array.isArray(value)) return value.map(shown);
  return isJsonObject(value) ? withoutSecrets(value) : value;
}
