// Exact quantities: the own `Quantity` on bignumber.js beside what it could have been made of.
import Big from 'big.js';
import { BigNumber } from 'bignumber.js';
import { Decimal } from 'decimal.js';
import { Quantity } from '../packages/kernel/dist/pure/index.js';
import { sideBySide } from './lib/measure.mjs';
import { rateTable, table } from './lib/report.mjs';

export const title = 'Exact quantities';
const COUNT = 1_000;
const PLACES = 1_000_000_000n;
const TEXTS = Array.from(
  { length: COUNT },
  (_, index) =>
    `${(index * 7919) % 100_000}.${String(index * 104_729 + 1)
      .padStart(9, '0')
      .slice(-9)}`,
);
/** 30 digits before the point and 9 after: the largest quantity, less the last place, plus the last place. */
const LARGEST = '999999999999999999999999999999.999999998';
const LAST_PLACE = '0.000000001';
const SUM = '999999999999999999999999999999.999999999';

const CANDIDATES = [
  {
    name: 'Quantity (bignumber.js)',
    sum: (texts) => texts.reduce((sum, text) => sum.add(Quantity.of(text)), Quantity.zero).toString(),
  },
  {
    name: 'bignumber.js',
    sum: (texts) => texts.reduce((sum, text) => sum.plus(text), new BigNumber(0)).toFixed(),
  },
  {
    name: 'decimal.js',
    sum: (texts) => texts.reduce((sum, text) => sum.plus(text), new Decimal(0)).toFixed(),
  },
  { name: 'big.js', sum: (texts) => texts.reduce((sum, text) => sum.plus(text), new Big(0)).toFixed() },
  {
    name: 'bigint of billionths',
    sum: (texts) => billionthsToText(texts.reduce((sum, text) => sum + billionths(text), 0n)),
  },
  { name: 'number', sum: (texts) => String(texts.reduce((sum, text) => sum + Number(text), 0)) },
];

export async function run() {
  const exactness = CANDIDATES.map(({ name, sum }) => {
    const result = sum([LARGEST, LAST_PLACE]);
    return [name, result === SUM ? 'exact' : `gives ${result}`];
  });
  const results = await sideBySide(
    CANDIDATES.map(({ name, sum }) => ({ name, unitsPerRun: COUNT, run: () => sum(TEXTS) })),
  );
  return [
    table([`${LARGEST} + ${LAST_PLACE}, as each comes`, ''], exactness),
    rateTable('Parse and add up 1,000 decimal strings', results, 'quantities'),
  ].join('\n');
}

function billionths(text) {
  const [whole, fraction = ''] = text.split('.');
  return BigInt(whole) * PLACES + BigInt(fraction.padEnd(9, '0'));
}

function billionthsToText(value) {
  return `${value / PLACES}.${String(value % PLACES).padStart(9, '0')}`;
}
