import { BigNumber } from 'bignumber.js';

/** What reading untrusted input gives: the value, or a message that says what is wrong and how to mend it. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string };

/** Decimal places a quantity may have. */
export const QUANTITY_DECIMALS = 9;

const MAX_INPUT_INTEGER_DIGITS = 30;
/** Room for sums and products of inputs; a runaway product is a bug and throws. */
const MAX_INTEGER_DIGITS = 60;
/** A JSON number of up to 15 significant digits is the decimal that was written; beyond, it may be a neighbour. */
const MAX_NUMBER_DIGITS = 15;
const MAX_TEXT_LENGTH = 1 + MAX_INTEGER_DIGITS + 1 + QUANTITY_DECIMALS;

const INPUT = /^-?(0|[1-9]\d{0,29})(\.\d{1,9})?$/;
const STORED = /^-?(0|[1-9]\d{0,59})(\.\d{1,9})?$/;

// A clone has a configuration of its own: nobody's BigNumber.config() reaches it.
const Decimal = BigNumber.clone({ STRICT: true });
type Decimal = InstanceType<typeof Decimal>;

/**
 * An exact decimal with up to 9 decimal places. Immutable; sums, differences and products are exact or throw.
 * In JSON it is a number or a decimal string, see {@link quantityToJson}.
 */
export class Quantity {
  static readonly zero = Quantity.of(0);
  static readonly one = Quantity.of(1);

  private constructor(private readonly decimal: Decimal) {
    Object.freeze(this);
  }

  /** From a trusted value: a decimal string, a bigint or a number as {@link parseQuantity} takes it. Throws RangeError. */
  static of(value: string | number | bigint): Quantity {
    const text = typeof value === 'number' ? textOfNumber(value) : String(value);
    if (text.length > MAX_TEXT_LENGTH || !STORED.test(text)) {
      throw new RangeError(
        `Not a quantity: ${shown(text)}. Give a plain decimal with up to 9 decimal places.`,
      );
    }
    return new Quantity(withoutNegativeZero(new Decimal(text)));
  }

  add(other: Quantity): Quantity {
    return Quantity.within(this.decimal.plus(other.decimal));
  }

  subtract(other: Quantity): Quantity {
    return Quantity.within(this.decimal.minus(other.decimal));
  }

  /** The exact product; a product of more than 9 decimal places throws RangeError (use a Rational for it). */
  multiply(other: Quantity): Quantity {
    return Quantity.exactly(this.decimal.times(other.decimal));
  }

  negate(): Quantity {
    return Quantity.exactly(this.decimal.negated());
  }

  /** -1, 0 or 1. */
  compare(other: Quantity): -1 | 0 | 1 {
    return this.decimal.comparedTo(other.decimal) ?? 0;
  }

  equals(other: Quantity): boolean {
    return this.decimal.isEqualTo(other.decimal);
  }

  isZero(): boolean {
    return this.decimal.isZero();
  }

  /** Below zero; zero is not. */
  isNegative(): boolean {
    return this.decimal.isNegative();
  }

  /** Canonical plain decimal: no exponent, no trailing zeros, never "-0". */
  toString(): string {
    return this.decimal.toFixed();
  }

  toJSON(): number | string {
    return quantityToJson(this);
  }

  /** Only text is implied: `a < b` and `a + b` would compare and join strings, so they throw. */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === 'string') return this.toString();
    throw new TypeError('A Quantity is not a number: use add, subtract, multiply and compare.');
  }

  private static exactly(decimal: Decimal): Quantity {
    if ((decimal.decimalPlaces() ?? 0) > QUANTITY_DECIMALS) {
      throw new RangeError(
        `${decimal.toFixed()} has more than 9 decimal places: calculate it as a Rational.`,
      );
    }
    return Quantity.within(decimal);
  }

  /** Of what has no more decimal places than its operands. */
  private static within(decimal: Decimal): Quantity {
    if ((decimal.e ?? 0) >= MAX_INTEGER_DIGITS) {
      throw new RangeError(`A quantity went beyond ${MAX_INTEGER_DIGITS} integer digits.`);
    }
    return new Quantity(withoutNegativeZero(decimal));
  }
}

/**
 * Reads a quantity from untrusted input: a JSON number, or a decimal string such as "12.5".
 * A string has no exponent, plus sign, spaces or leading zeros, up to 30 integer digits and 9 decimal places.
 * A number has at most 15 significant digits, because beyond them the sender's decimal may already be lost.
 */
export function parseQuantity(input: unknown): Parsed<Quantity> {
  if (typeof input === 'number') return parseNumber(input);
  if (typeof input === 'string') return parseText(input);
  return refused('A quantity must be a number or a decimal string such as "12.5".');
}

/** Canonical plain decimal string: "0.1", "1000", "0"; never an exponent, trailing zeros or "-0". */
export function formatQuantity(quantity: Quantity): string {
  return quantity.toString();
}

/**
 * A JSON number when it stands for exactly this decimal, otherwise the canonical decimal string:
 * 0.1 -> 0.1, 123456789012345678 -> "123456789012345678". {@link parseQuantity} takes back what this gives.
 */
export function quantityToJson(quantity: Quantity): number | string {
  const text = quantity.toString();
  const number = Number(text);
  if (text.length <= MAX_NUMBER_DIGITS && Number.isInteger(number)) return number;
  if (Math.abs(number) > Number.MAX_SAFE_INTEGER || significantDigits(text) > MAX_NUMBER_DIGITS) return text;
  return textOfNumber(number) === text ? number : text;
}

/** Reads back a stored quantity, trusted to come from {@link quantityToJson}; anything else throws RangeError. */
export function quantityFromJson(json: number | string): Quantity {
  return Quantity.of(json);
}

function parseNumber(input: number): Parsed<Quantity> {
  if (!Number.isFinite(input)) return refused('A quantity must be a finite number.');
  const text = textOfNumber(input);
  const isPlain = Math.abs(input) <= Number.MAX_SAFE_INTEGER && INPUT.test(text);
  if (isPlain && significantDigits(text) <= MAX_NUMBER_DIGITS) return parsed(Quantity.of(text));
  return refused(
    `The number ${input} cannot be taken exactly: as a number a quantity has at most 15 significant digits and ` +
      '9 decimal places. Send it as a decimal string, such as "0.1".',
  );
}

function parseText(input: string): Parsed<Quantity> {
  if (input.length <= MAX_TEXT_LENGTH && INPUT.test(input)) return parsed(Quantity.of(input));
  return refused(
    `${shown(input)} is not a quantity: send a plain decimal string such as "12.5", up to ` +
      `${MAX_INPUT_INTEGER_DIGITS} digits before and 9 after the point, without exponent, spaces, "+" or leading zeros.`,
  );
}

function textOfNumber(value: number): string {
  const text = String(value);
  return text.includes('e') ? new Decimal(text).toFixed() : text;
}

function significantDigits(text: string): number {
  return text.replace(/[-.]/g, '').replace(/^0+/, '').replace(/0+$/, '').length;
}

function withoutNegativeZero(decimal: Decimal): Decimal {
  return decimal.isZero() ? decimal.abs() : decimal;
}

function shown(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

function parsed<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

function refused(message: string): { readonly ok: false; readonly message: string } {
  return { ok: false, message };
}
