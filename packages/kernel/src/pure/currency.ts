import { data as isoCurrencies } from 'currency-codes';
import type { Parsed } from './decimal.js';

declare const currencyBrand: unique symbol;

/** An ISO 4217 code of money that can be paid, in upper case: `USD`, `JPY`. */
export type Currency = string & { readonly [currencyBrand]: true };

/** Codes nobody can pay with: metals, units of account, test and "no currency" codes, and funds. */
const NOT_PAYABLE: ReadonlySet<string> = new Set(
  'XAG XAU XPD XPT XBA XBB XBC XBD XDR XSU XUA XTS XXX BOV CHE CHW CLF COU MXV USN UYI UYW'.split(' '),
);

/** In force since the list of the package (2024-06-25): Zimbabwe Gold, and the Caribbean guilder after ANG. */
const LATER: readonly (readonly [string, number])[] = [
  ['ZWG', 2],
  ['XCG', 2],
];

const exponents: ReadonlyMap<string, number> = new Map([
  ...isoCurrencies
    .filter(({ code }) => !NOT_PAYABLE.has(code))
    .map(({ code, digits }) => [code, digits] as const),
  ...LATER,
]);

/** Reads a currency from untrusted input. Lower case is refused, not repaired: a code has one spelling everywhere. */
export function parseCurrency(input: unknown): Parsed<Currency> {
  if (isCurrency(input)) return { ok: true, value: input };
  return {
    ok: false,
    message:
      'A currency must be an ISO 4217 code in upper case, such as "USD"; funds, metals and test codes are not taken.',
  };
}

/** A currency from a trusted code; throws RangeError on one that {@link parseCurrency} refuses. */
export function currencyOf(code: string): Currency {
  if (!isCurrency(code)) throw new RangeError(`Not a payable ISO 4217 currency: ${JSON.stringify(code)}`);
  return code;
}

/** Decimal places of the minor unit: USD 2, JPY 0, KWD 3. Throws RangeError on an unknown code. */
export function currencyExponent(code: string): number {
  const exponent = exponents.get(code);
  if (exponent === undefined)
    throw new RangeError(`Not a payable ISO 4217 currency: ${JSON.stringify(code)}`);
  return exponent;
}

function isCurrency(input: unknown): input is Currency {
  return typeof input === 'string' && exponents.has(input);
}
