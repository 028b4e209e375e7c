import { type BillingCycle, type Currency, invalidInput } from '@landlord/kernel/pure';
import { type Plan } from './plan.js';

export type PricedPlan = Pick<Plan, 'monthlyPrice' | 'yearlyPrice' | 'currency' | 'prices'>;

/** What a period of a plan costs, in minor units; null where the plan has no price in that currency. */
export function priceOf(plan: PricedPlan, cycle: BillingCycle, currency: Currency): number | null {
  const { monthlyPrice, yearlyPrice, prices } = plan;
  const price =
    currency === plan.currency ? { monthly: monthlyPrice, yearly: yearlyPrice } : prices?.[currency];
  return price?.[cycle] ?? null;
}

/** The currencies a plan can be paid in, its main one first. */
export function currenciesOf({ currency, prices = {} }: PricedPlan): string[] {
  return [currency, ...Object.keys(prices)];
}

/** Throws `validation_failed` at `path` for a plan that cannot be paid in a currency. */
export function requirePriced(plan: PricedPlan & Pick<Plan, 'code'>, currency: Currency, path: string): void {
  if (priceOf(plan, 'monthly', currency) !== null) return;
  throw invalidInput(
    path,
    `plan "${plan.code}" has no price in ${currency}; it has prices in ${currenciesOf(plan).join(', ')}`,
  );
}
