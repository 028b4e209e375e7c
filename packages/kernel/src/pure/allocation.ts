const MAX_SHARES = 100_000;

interface Part {
  readonly weight: bigint;
  readonly remainder: bigint;
}

/**
 * Splits a whole into shares proportional to the weights by largest remainder; the shares add up to the whole exactly.
 * Each share is its exact part rounded down or up. Units left over go to the largest remainders, among equal ones
 * to the larger weight, among equal weights in the order given: the order of different weights changes nothing. A negative whole is the mirror of the positive one. `allocate(100n, [1n, 1n, 1n])` is [34n, 33n, 33n].
 * Throws RangeError without weights, on a negative weight, or when all weights are zero.
 */
export function allocate(total: bigint, weights: readonly bigint[]): bigint[] {
  const sum = sumOf(weights);
  if (total < 0n) return allocate(-total, weights).map((share) => -share);

  const parts = weights.map((weight, index) => ({
    index,
    weight,
    share: (total * weight) / sum,
    remainder: (total * weight) % sum,
  }));
  const left = total - parts.reduce((given, part) => given + part.share, 0n);
  const raised = new Set(
    [...parts]
      .sort(byLargestRemainder)
      .slice(0, Number(left))
      .map(({ index }) => index),
  );
  return parts.map(({ index, share }) => (raised.has(index) ? share + 1n : share));
}

/** Array.prototype.sort is stable: equal weights keep their order. */
function byLargestRemainder(left: Part, right: Part): number {
  return descending(left.remainder, right.remainder) || descending(left.weight, right.weight);
}

function descending(left: bigint, right: bigint): number {
  if (left === right) return 0;
  return left > right ? -1 : 1;
}

function sumOf(weights: readonly bigint[]): bigint {
  if (weights.length > MAX_SHARES) throw new RangeError(`More than ${MAX_SHARES} shares: ${weights.length}`);
  if (weights.some((weight) => weight < 0n)) throw new RangeError('A weight is negative.');
  const sum = weights.reduce((total, weight) => total + weight, 0n);
  if (sum === 0n) throw new RangeError('There is nothing to divide by: all weights are zero.');
  return sum;
}
