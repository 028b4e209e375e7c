import { type Instant, type JsonObject } from '@landlord/kernel/pure';

/** What receivers are told. */
export interface WebhookEvent {
  /** Its own, unique among those of its kind and tenant. */
  readonly id: string;
  readonly name: string;
  readonly occurredAt: Instant;
  readonly data: JsonObject;
  /** The only endpoint it is for; null: all that ask for such. */
  readonly endpointId: string | null;
}

export const OWN_EVENTS = ['webhook.test', 'webhook.endpoint_disabled'] as const;

const ALL = '*';
const ANY_BELOW = '.*';

/** Whether one of the patterns means the event: `*`, its name, or the beginning of its name (`subscription.*`). */
export function matches(patterns: readonly string[], name: string): boolean {
  return patterns.some((pattern) => meansEvent(pattern, name));
}

/** Why a pattern is none, or null. */
export function patternFlaw(pattern: string, names: readonly string[]): string | null {
  if (names.some((name) => meansEvent(pattern, name))) return null;
  return `means no event; known are * and ${names.join(', ')}, or a beginning such as subscription.*`;
}

function meansEvent(pattern: string, name: string): boolean {
  if (pattern === ALL || pattern === name) return true;
  return pattern.endsWith(ANY_BELOW) && pattern.length > 2 && name.startsWith(pattern.slice(0, -1));
}

/** The bytes that are signed and sent. What an event tells cannot change whose it is. */
export function bodyOf({ id, name, occurredAt, data }: WebhookEvent, tenantCode: string | null): string {
  const whose = { id, tenantCode };
  return JSON.stringify({ type: name, timestamp: occurredAt, data: { ...whose, ...data, ...whose } });
}
