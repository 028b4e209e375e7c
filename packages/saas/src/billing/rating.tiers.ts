import { Quantity, Rational } from '@landlord/kernel/pure';
import { type OverageTier } from '../plans/plan.js';
import { type RatedStep } from './rating.js';

/** Each unit costs what its own tier says. */
export function graduatedSteps(tiers: readonly OverageTier[], units: Rational): RatedStep[] {
  let reached = Rational.zero;
  return tiers.flatMap((tier, index) => {
    const end = endOf(tier);
    if (index > 0 && units.compare(reached) <= 0) return [];
    const upTo = end === null || units.compare(end) < 0 ? units : end;
    const step = stepOf(tier, upTo.subtract(reached));
    reached = end ?? units;
    return [step];
  });
}

/** All units cost what the tier says in which the last of them lies. */
export function volumeStep(tiers: readonly OverageTier[], units: Rational): RatedStep {
  const tier = tiers.find((each) => {
    const end = endOf(each);
    return end === null || units.compare(end) <= 0;
  });
  if (!tier) throw new Error(`no tier holds ${units} units: the last one has an end`);
  return stepOf(tier, units);
}

function stepOf(tier: OverageTier, units: Rational): RatedStep {
  const unitPriceMinor = Rational.of(tier.unitPrice);
  const flatPriceMinor = Rational.of(tier.flatPrice ?? '0');
  const amountMinor = units.multiply(unitPriceMinor).add(flatPriceMinor);
  return { upTo: endOf(tier), units, unitPriceMinor, flatPriceMinor, amountMinor };
}

function endOf({ upTo }: OverageTier): Rational | null {
  return upTo === null ? null : Rational.of(Quantity.of(upTo));
}
