import { Rational, roundHalfUp } from '@landlord/kernel/pure';
import { type ChargeLine } from './charge.js';
import { prorated } from './proration.js';

export interface LineFlaw {
  readonly lineId: string;
  readonly flaw: 'missing' | 'unexpected' | 'different';
}

/** Where billed lines are not those that should be. Nothing, when the bill is right. */
export function flawsOf(should: readonly ChargeLine[], billed: readonly ChargeLine[]): LineFlaw[] {
  const [expected, actual] = [byId(should), byId(billed)];
  const missing = should.filter(({ id }) => !actual.has(id)).map((line) => flawed(line, 'missing'));
  const wrong = billed.flatMap((line) => {
    const right = expected.get(line.id);
    if (!right) return [flawed(line, 'unexpected')];
    return isSameLine(line, right) ? [] : [flawed(line, 'different')];
  });
  return [...missing, ...wrong];
}

/** Whether the amount is what its own explanation gives. */
export function isAsExplained({ amountMinor, unitPriceMinor, quantity, explain }: ChargeLine): boolean {
  const { part, whole, exactMinor, takenFrom } = explain;
  const exact = prorated(Rational.of(unitPriceMinor * BigInt(quantity)), { part, whole });
  const rounded = roundHalfUp(exact);
  if (!takenFrom) return exact.toString() === exactMinor && amountMinor === rounded;
  const taken = rounded < takenFrom.leftMinor ? rounded : takenFrom.leftMinor;
  return exact.negate().toString() === exactMinor && amountMinor === -taken;
}

function isSameLine(one: ChargeLine, other: ChargeLine): boolean {
  return factsOf(one) === factsOf(other);
}

/** What was billed, in one order of names; how it came about is told by `explain`, which follows from it. */
function factsOf({ type, amountMinor, currency, quantity, unitPriceMinor, period, explain }: ChargeLine) {
  const { exactMinor, planCode, planVersion } = explain;
  const facts = [type, amountMinor, currency, quantity, unitPriceMinor, period.from, period.to];
  return [...facts, exactMinor, planCode, planVersion].join(' ');
}

function byId(lines: readonly ChargeLine[]): ReadonlyMap<string, ChargeLine> {
  return new Map(lines.map((line) => [line.id, line]));
}

function flawed({ id }: ChargeLine, flaw: LineFlaw['flaw']): LineFlaw {
  return { lineId: id, flaw };
}
