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

/**
 * Throws `validation_failed` at `path` for a plan that cannot be paid in a currency, and at `quantity` for more of it
 * than a bill can say: 2^53 - 1 minor units.
 */
export function requirePriced(
  plan: PricedPlan & Pick<Plan, 'code'>,
  { currency, quantity }: { readonly currency: Currency; readonly quantity: number },
  path: string,
): void {
  const prices = [priceOf(plan, 'monthly', currency), priceOf(plan, 'yearly', currency)];
  const highest = prices.reduce((one, other) =>
    one === null || other === null ? null : Math.max(one, other),
  );
  if (highest === null)
    throw invalidInput(
      path,
      `plan "${plan.code}" has no price in ${currency}; it has prices in ${currenciesOf(plan).join(', ')}`,
    );
  if (BigInt(highest) * BigInt(quantity) > BigInt(Number.MAX_SAFE_INTEGER))
    throw invalidInput('quantity', `${quantity} of plan "${plan.code}" cost more than can be billed`);
}
