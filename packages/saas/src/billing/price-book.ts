import { type Currency, currencyOf } from '@landlord/kernel/pure';
import { priceOf } from '../plans/plan.price.js';
import { type PlanPrices } from './charge.js';
import { type BillableState } from './timeline.js';

/** Minor units for one, for a whole period. */
export interface Price {
  readonly unitMinor: bigint;
  readonly currency: Currency;
}

export type PriceBook = (state: BillableState) => Price;

/** A plan version that is missing, or has no price in the currency of its subscription, is a bug and throws. */
export function priceBookOf(plans: readonly PlanPrices[]): PriceBook {
  const byVersion = new Map(plans.map((plan) => [`${plan.code} ${plan.version}`, plan]));
  return ({ planCode, planVersion, billingCycle, currency: chosen }) => {
    const plan = byVersion.get(`${planCode} ${planVersion}`);
    const currency = chosen ?? plan?.currency;
    const price = plan && currency ? priceOf(plan, billingCycle, currency) : null;
    if (price === null || !currency)
      throw new Error(`plan ${planCode} version ${planVersion} has no ${billingCycle} price in ${currency}`);
    return { unitMinor: BigInt(price), currency: currencyOf(currency) };
  };
}
