import { Rational, roundHalfUp } from '@landlord/kernel/pure';
import { type ChargeLine } from './charge.js';
import { prorated } from './proration.js';

/** Whether the amount is what its own explanation gives. */
export function isAsExplained({ amountMinor, unitPriceMinor, quantity, explain }: ChargeLine): boolean {
  const { part, whole, exactMinor, takenFrom } = explain;
  const exact = prorated(Rational.of(unitPriceMinor * BigInt(quantity)), { part, whole });
  const rounded = roundHalfUp(exact);
  if (!takenFrom) return exact.toString() === exactMinor && amountMinor === rounded;
  const taken = rounded < takenFrom.leftMinor ? rounded : takenFrom.leftMinor;
  return exact.negate().toString() === exactMinor && amountMinor === -taken;
}
