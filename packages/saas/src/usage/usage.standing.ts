import { Quantity } from '@landlord/kernel/pure';

/**
 * What a tenant uses, and up to where it could go: of several limits the one that leaves least. A limit shared with
 * others is told as what is left of it, so that it tells nothing of who else uses it. Without limits there is none.
 * 37 used, 20 left of a pool, 13 left of an own cap of 50: 37 of 50.
 */
export function standingUnder(
  current: Quantity,
  remaining: readonly Quantity[],
): { readonly current: Quantity; readonly limit: Quantity | null } {
  const [least] = remaining.toSorted((left, right) => left.compare(right));
  if (!least) return { current, limit: null };
  const limit = current.add(least);
  return { current, limit: limit.isNegative() ? Quantity.zero : limit };
}
