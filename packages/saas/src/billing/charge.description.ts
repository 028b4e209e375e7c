import { formatMoney, money } from '@landlord/kernel/pure';
import { type ChargeLine } from './charge.js';

/** `3 x professional, monthly, from 2024-03-15 to 2024-04-01`; the last day is not part of it. */
export function describe({ type, quantity, period, explain }: ChargeLine): string {
  const { planCode, billingCycle } = explain;
  const pieces = quantity === 1 ? planCode : `${quantity} x ${planCode}`;
  const what = `${pieces}, ${billingCycle}, from ${period.from} to ${period.to}`;
  return type === 'credit' ? `Unused time of ${what}` : what;
}

/** `1 x USD 29.00 for 17 of 31 days = 49300/31 minor units, rounded to USD 15.90`. */
export function explanationOf({
  quantity,
  unitPriceMinor,
  amountMinor,
  currency,
  explain,
}: ChargeLine): string {
  const { part, whole, unit, exactMinor, takenFrom } = explain;
  const shown = (minor: bigint) => formatMoney(money(minor, currency));
  const share = part === whole ? 'the whole period' : `${part} of ${whole} ${unit}s`;
  const price = `${quantity} x ${shown(unitPriceMinor)} for ${share}`;
  const amount = exactMinor.includes('/')
    ? `${exactMinor} minor units, rounded to ${shown(amountMinor)}`
    : shown(amountMinor);
  if (!takenFrom) return `${price} = ${amount}`;
  return `given back: ${price} = ${amount}; no more than the ${shown(takenFrom.leftMinor)} left of ${takenFrom.lineId}`;
}
