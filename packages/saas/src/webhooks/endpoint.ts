import { type Instant } from '@landlord/kernel/pure';

export const URL_LENGTH_LIMIT = 2_048;
/** Of a tenant, and of the vendor: all deliveries of one event are made in one unit of work. */
export const ENDPOINTS_LIMIT = 10;
export const PATTERNS_LIMIT = 50;

/** Where events are sent. */
export interface Endpoint {
  readonly id: string;
  readonly url: string;
  readonly description: string | null;
  /** `*`, names, or beginnings of names such as `subscription.*`. */
  readonly events: readonly string[];
  /** As its owner wants it. */
  readonly isActive: boolean;
  /** Tells the secret that is good from those before; no secret. */
  readonly secretId: string;
  /** Until then the secret before signs as well. */
  readonly previousSecretUntil: Instant | null;
  /** Since the first failure behind the last success; null while all is well. */
  readonly failingSince: Instant | null;
  readonly disabledAt: Instant | null;
  /** Why nothing is sent though its owner wants it. */
  readonly disabledReason: string | null;
  /** What failed of events since then is to be sent again. */
  readonly replaySince: Instant | null;
}

/** Whether events are sent there, as far as the endpoint itself says. */
export function isOpen({ isActive, disabledAt }: Pick<Endpoint, 'isActive' | 'disabledAt'>): boolean {
  return isActive && disabledAt === null;
}

/** What owning an endpoint anew means: it is tried as if nothing had been. */
export const WELL = { failingSince: null, disabledAt: null, disabledReason: null } as const;

export type Standing = Pick<Endpoint, 'failingSince' | 'disabledAt' | 'disabledReason'>;

const DAY_MS = 86_400_000;
const GONE = 'it answered that it is gone for good (410)';

/** The standing after an attempt; null when it stays as it is. */
export function standingAfter(
  endpoint: Endpoint,
  outcome: 'delivered' | 'failed' | 'gone',
  { now, disableAfterDays }: { readonly now: Instant; readonly disableAfterDays: number },
): Standing | null {
  if (endpoint.disabledAt !== null) return null;
  const { failingSince } = endpoint;
  if (outcome === 'delivered') return failingSince === null ? null : WELL;
  const since = failingSince ?? now;
  if (outcome === 'gone') return { failingSince: since, disabledAt: now, disabledReason: GONE };
  if (Date.parse(now) - Date.parse(since) >= disableAfterDays * DAY_MS) {
    const disabledReason = `nothing was delivered since ${since}, for ${disableAfterDays} days`;
    return { failingSince: since, disabledAt: now, disabledReason };
  }
  return failingSince === null ? { failingSince: since, disabledAt: null, disabledReason: null } : null;
}
