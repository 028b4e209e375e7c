import { Quantity } from './decimal.js';

/** A plain decimal for rates and ratios; wider than a quantity, bounded nonetheless. */
const DECIMAL = /^-?(\d{1,60})(?:\.(\d{1,30}))?$/;
const MAX_TEXT_LENGTH = 92;

/** An exact fraction, immutable, in lowest terms with a positive denominator. */
export class Rational {
  static readonly zero = new Rational(0n, 1n);
  static readonly one = new Rational(1n, 1n);

  private constructor(
    readonly numerator: bigint,
    readonly denominator: bigint,
  ) {
    Object.freeze(this);
  }

  /** From a whole number, a quantity, or a plain decimal string of up to 60 digits and 30 places. Throws RangeError. */
  static of(value: bigint | string | Quantity): Rational {
    if (typeof value === 'bigint') return new Rational(value, 1n);
    const text = value instanceof Quantity ? value.toString() : value;
    const match = text.length <= MAX_TEXT_LENGTH ? DECIMAL.exec(text) : null;
    if (match === null) throw new RangeError(`Not a plain decimal: ${JSON.stringify(text.slice(0, 40))}`);
    const [, whole = '0', places = ''] = match;
    const digits = BigInt(whole + places);
    return Rational.fraction(text.startsWith('-') ? -digits : digits, 10n ** BigInt(places.length));
  }

  /** `numerator / denominator`; a denominator of zero throws RangeError. */
  static fraction(numerator: bigint, denominator: bigint): Rational {
    if (denominator === 0n) throw new RangeError(`Division by zero: ${numerator}/0`);
    const divisor = greatestCommonDivisor(numerator, denominator);
    const sign = denominator < 0n ? -1n : 1n;
    return new Rational((sign * numerator) / divisor, (sign * denominator) / divisor);
  }

  add(other: Rational): Rational {
    return Rational.fraction(
      this.numerator * other.denominator + other.numerator * this.denominator,
      this.denominator * other.denominator,
    );
  }

  subtract(other: Rational): Rational {
    return this.add(other.negate());
  }

  multiply(other: Rational): Rational {
    return Rational.fraction(this.numerator * other.numerator, this.denominator * other.denominator);
  }

  /** Division by zero throws RangeError. */
  divide(other: Rational): Rational {
    return Rational.fraction(this.numerator * other.denominator, this.denominator * other.numerator);
  }

  negate(): Rational {
    return new Rational(-this.numerator, this.denominator);
  }

  /** -1, 0 or 1. */
  compare(other: Rational): -1 | 0 | 1 {
    const left = this.numerator * other.denominator;
    const right = other.numerator * this.denominator;
    if (left === right) return 0;
    return left < right ? -1 : 1;
  }

  equals(other: Rational): boolean {
    return this.numerator === other.numerator && this.denominator === other.denominator;
  }

  isZero(): boolean {
    return this.numerator === 0n;
  }

  /** Below zero; zero is not. */
  isNegative(): boolean {
    return this.numerator < 0n;
  }

  /** "17/31", or "3" for a whole number. */
  toString(): string {
    return this.denominator === 1n ? `${this.numerator}` : `${this.numerator}/${this.denominator}`;
  }

  toJSON(): string {
    return this.toString();
  }

  /** Only text is implied: `a < b` and `a + b` would compare and join strings, so they throw. */
  [Symbol.toPrimitive](hint: string): string {
    if (hint === 'string') return this.toString();
    throw new TypeError('A Rational is not a number: use add, subtract, multiply, divide and compare.');
  }
}

/** The nearest whole number; a half goes away from zero: 5/2 -> 3, -5/2 -> -3. */
export function roundHalfUp(value: Rational): bigint {
  const size = value.numerator < 0n ? -value.numerator : value.numerator;
  const rounded = (2n * size + value.denominator) / (2n * value.denominator);
  return value.numerator < 0n ? -rounded : rounded;
}

/** Euclid; the number of rounds is bounded by the number of digits. Positive, as one of both is not zero. */
function greatestCommonDivisor(left: bigint, right: bigint): bigint {
  let [a, b] = [left < 0n ? -left : left, right < 0n ? -right : right];
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}
