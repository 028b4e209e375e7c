import { type ChargeLine } from './charge.js';

/** `3 x professional, monthly, from 2024-03-15 to 2024-04-01`; the last day is not part of it. */
export function describe({ type, quantity, period, explain }: ChargeLine): string {
  const { planCode, billingCycle } = explain;
  const pieces = quantity === 1 ? planCode : `${quantity} x ${planCode}`;
  const what = `${pieces}, ${billingCycle}, from ${period.from} to ${period.to}`;
  return type === 'credit' ? `Unused time of ${what}` : what;
}
