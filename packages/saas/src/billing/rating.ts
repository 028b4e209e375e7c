import { assertNever, Quantity, Rational } from '@landlord/kernel/pure';
import { type OveragePrice } from '../plans/plan.js';
import { graduatedSteps, volumeStep } from './rating.tiers.js';

/** One step of a price: `units` at `unitPriceMinor` each, and a price of the whole step. Exact minor units. */
export interface RatedStep {
  /** How many were metered, packages begun, or for a percentage the amount metered. */
  readonly units: Rational;
  readonly unitPriceMinor: Rational;
  readonly flatPriceMinor: Rational;
  readonly amountMinor: Rational;
  /** Of a tier: the end of it, null for the last; not there without tiers. */
  readonly upTo?: Rational | null;
}

export interface Rated {
  /** Not rounded; a line rounds it once. */
  readonly amountMinor: Rational;
  readonly freeUnits: Rational;
  readonly chargedUnits: Rational;
  readonly steps: readonly RatedStep[];
}

/**
 * What units beyond a limit cost. Free units come off first. The first tier is reached from the start, so its flat price
 * is due even at zero: whether there is anything to rate at all, the caller says. 25 units in tiers of 5 at 7, 5 at 6.5
 * and the rest at 6 are 157.5. Throws RangeError below zero.
 */
export function rate(price: OveragePrice, units: Quantity): Rated {
  if (units.isNegative()) throw new RangeError(`There is no use of ${units} units.`);
  const free = smaller(units, Quantity.of(price.freeUnits ?? 0));
  const charged = Rational.of(units.subtract(free));
  const steps = stepsOf(price, charged);
  const amountMinor = steps.reduce((sum, step) => sum.add(step.amountMinor), Rational.zero);
  return { amountMinor, freeUnits: Rational.of(free), chargedUnits: charged, steps };
}

function stepsOf(price: OveragePrice, units: Rational): RatedStep[] {
  switch (price.model) {
    case 'per_unit':
      return [step(units, Rational.of(price.unitPrice))];
    case 'package': {
      const begun = roundUp(units.divide(Rational.of(Quantity.of(price.packageSize))));
      return [step(begun, Rational.of(price.packagePrice))];
    }
    case 'percentage':
      return [step(units, Rational.of(price.rate).divide(Rational.of(100n)))];
    case 'graduated':
      return graduatedSteps(price.tiers, units);
    case 'volume':
      return [volumeStep(price.tiers, units)];
    default:
      return assertNever(price);
  }
}

function step(units: Rational, unitPriceMinor: Rational): RatedStep {
  return {
    units,
    unitPriceMinor,
    flatPriceMinor: Rational.zero,
    amountMinor: units.multiply(unitPriceMinor),
  };
}

/** A package that is begun is charged. */
function roundUp({ numerator, denominator }: Rational): Rational {
  return Rational.of((numerator + denominator - 1n) / denominator);
}

function smaller(one: Quantity, other: Quantity): Quantity {
  return one.compare(other) <= 0 ? one : other;
}
