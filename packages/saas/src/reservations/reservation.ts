import { type Instant, type Month, Quantity } from '@landlord/kernel/pure';

/** Everything but `held` is final. */
export type ReservationStatus = 'held' | 'committed' | 'released' | 'expired';

/** Quantity of a meter that is kept free for a use to come. */
export interface Reservation {
  readonly id: string;
  readonly metric: string;
  readonly quantity: Quantity;
  readonly status: ReservationStatus;
  /** What was used of it when it was committed. */
  readonly used: Quantity | null;
  /** The tenant's month in which it was made. */
  readonly period: Month;
  readonly heldAt: Instant;
  readonly expiresAt: Instant;
  readonly endedAt: Instant | null;
  /** Whose pools it is held in, besides the tenant's own. */
  readonly pooledWith: readonly string[];
  /** Of what was asked for: the same id with another one is refused. */
  readonly fingerprint: string;
}

/** How a reservation is to end. `quantity` null: all that is held. */
export type ReservationEnding =
  | { readonly kind: 'commit'; readonly quantity: Quantity | null }
  | { readonly kind: 'release' }
  | { readonly kind: 'expire' };

export type ReservationDecision =
  | { readonly status: 'ended'; readonly reservation: Reservation }
  /** It ended like this before. */
  | { readonly status: 'same' }
  | { readonly status: 'too_much'; readonly message: string }
  | { readonly status: 'refused'; readonly message: string };

const ENDS_AS = { commit: 'committed', release: 'released', expire: 'expired' } as const;

/** As it is at an instant: what has outlasted its time is expired, released or not. */
export function statusAt({ status, expiresAt }: Reservation, now: Instant): ReservationStatus {
  return status === 'held' && now >= expiresAt ? 'expired' : status;
}

/** Exactly one of commit, release and expiry ends a reservation; the same once more changes nothing. */
export function decide(
  reservation: Reservation,
  ending: ReservationEnding,
  now: Instant,
): ReservationDecision {
  const { quantity } = reservation;
  const status = statusAt(reservation, now);
  const used = ending.kind === 'commit' ? (ending.quantity ?? quantity) : null;
  if (used && used.compare(quantity) > 0)
    return { status: 'too_much', message: `is ${used}, more than the ${quantity} held` };
  if (reservation.status === 'held' && (status === 'held' || ending.kind === 'expire')) {
    const ended = { status: ENDS_AS[ending.kind], used, endedAt: now };
    if (status === 'expired' || ending.kind !== 'expire')
      return { status: 'ended', reservation: { ...reservation, ...ended } };
    return {
      status: 'refused',
      message: `reservation ${reservation.id} is held until ${reservation.expiresAt}`,
    };
  }
  const isSame = status === ENDS_AS[ending.kind] && isEqual(reservation.used, used, ending);
  if (isSame) return { status: 'same' };
  return { status: 'refused', message: refusal(reservation, { status, to: ENDS_AS[ending.kind] }) };
}

function isEqual(before: Quantity | null, used: Quantity | null, ending: ReservationEnding): boolean {
  if (ending.kind !== 'commit' || ending.quantity === null) return true;
  return before !== null && used !== null && before.equals(used);
}

function refusal(
  { id, expiresAt, used }: Reservation,
  { status, to }: { status: ReservationStatus; to: ReservationStatus },
): string {
  if (status === 'expired')
    return `reservation ${id} expired at ${expiresAt}, so it cannot become ${to}; make a new one`;
  const how = status === 'committed' ? `committed with ${used ?? Quantity.zero}` : status;
  return `reservation ${id} is ${how}, so it cannot become ${to === status ? `${to} with another quantity` : to}`;
}
