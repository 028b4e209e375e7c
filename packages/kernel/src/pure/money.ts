import { type Currency, currencyExponent, currencyOf } from './currency.js';
import type { Parsed } from './decimal.js';
import { Rational, roundHalfUp } from './rational.js';

/** A whole number of minor units: `{ amountMinor: 4900n, currency: 'USD' }` is USD 49.00. Frozen. */
export interface Money {
  readonly amountMinor: bigint;
  readonly currency: Currency;
}

/** Throws RangeError on an unknown currency. */
export function money(amountMinor: bigint, currency: string): Money {
  return Object.freeze({ amountMinor, currency: currencyOf(currency) });
}

/** Exact: `moneyFromMajor("49.00", "USD")` is 4900 minor units. More places than the currency has throw RangeError. */
export function moneyFromMajor(amountMajor: string, currency: string): Money {
  const minor = minorOf(Rational.of(amountMajor), currency);
  if (minor.denominator !== 1n) {
    throw new RangeError(`${amountMajor} is no whole number of minor units of ${currency}.`);
  }
  return money(minor.numerator, currency);
}

/** The one rounding of a line: exact minor units to money, half away from zero. 1012.5 US cents are USD 10.13. */
export function roundMinor(amountMinor: Rational, currency: string): Money {
  return money(roundHalfUp(amountMinor), currency);
}

/** As {@link roundMinor}, from exact major units: USD 10.125 is USD 10.13. */
export function roundMajor(amountMajor: Rational, currency: string): Money {
  return roundMinor(minorOf(amountMajor, currency), currency);
}

/** Different currencies are a bug and throw TypeError; so below. */
export function addMoney(left: Money, right: Money): Money {
  assertSameCurrency(left, right);
  return money(left.amountMinor + right.amountMinor, left.currency);
}

export function subtractMoney(left: Money, right: Money): Money {
  assertSameCurrency(left, right);
  return money(left.amountMinor - right.amountMinor, left.currency);
}

export function negateMoney(amount: Money): Money {
  return money(-amount.amountMinor, amount.currency);
}

/** -1, 0 or 1. */
export function compareMoney(left: Money, right: Money): -1 | 0 | 1 {
  assertSameCurrency(left, right);
  if (left.amountMinor === right.amountMinor) return 0;
  return left.amountMinor < right.amountMinor ? -1 : 1;
}

/** The exact product, rounded once: USD 31.00 x 17/31 = USD 17.00. Multiply ratios first, money last. */
export function multiplyMoney(amount: Money, factor: Rational): Money {
  return roundMinor(Rational.of(amount.amountMinor).multiply(factor), amount.currency);
}

/** "49.00", "-0.05", "1001" for JPY: what {@link moneyFromMajor} takes. */
export function majorText({ amountMinor, currency }: Money): string {
  const exponent = currencyExponent(currency);
  const sign = amountMinor < 0n ? '-' : '';
  const digits = String(amountMinor < 0n ? -amountMinor : amountMinor).padStart(exponent + 1, '0');
  if (exponent === 0) return sign + digits;
  return `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/** "USD 49.00". For logs and explanations, not localised. */
export function formatMoney(amount: Money): string {
  return `${amount.currency} ${majorText(amount)}`;
}

/** Minor units as a JSON integer. Beyond 2^53-1, where a JSON number is no longer exact, throws RangeError. */
export function amountToJson({ amountMinor, currency }: Money): number {
  const amount = Number(amountMinor);
  if (!Number.isSafeInteger(amount)) {
    throw new RangeError(`${amountMinor} minor units of ${currency} are beyond the exact integers of JSON.`);
  }
  return amount;
}

/** Reads back what {@link amountToJson} gave; anything else throws RangeError. */
export function moneyFromJson(amountMinor: number, currency: string): Money {
  const amount = parseAmountMinor(amountMinor);
  if (!amount.ok) throw new RangeError(amount.message);
  return money(amount.value, currency);
}

/** Reads minor units from untrusted input: a JSON integer within 2^53-1, of either sign. */
export function parseAmountMinor(input: unknown): Parsed<bigint> {
  if (typeof input === 'number' && Number.isSafeInteger(input)) return { ok: true, value: BigInt(input) };
  return { ok: false, message: 'An amount must be an integer in minor units, such as 4900 for USD 49.00.' };
}

function minorOf(amountMajor: Rational, currency: string): Rational {
  return amountMajor.multiply(Rational.of(10n ** BigInt(currencyExponent(currency))));
}

function assertSameCurrency(left: Money, right: Money): void {
  if (left.currency === right.currency) return;
  throw new TypeError(
    `Amounts of different currencies do not combine: ${left.currency} and ${right.currency}.`,
  );
}
