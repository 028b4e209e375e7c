import { type ChargeLineView } from '../billing/charge.schema.js';
import { type Invoice } from './invoice.js';

type Fact = string | number | null;

/** `lineId` null: of the invoice as a whole. A line that is not there is `missing`, one too many `unexpected`. */
export interface InvoiceDifference {
  readonly lineId: string | null;
  readonly field: string;
  readonly expected: Fact;
  readonly actual: Fact;
}

/** Only their wording: it may get better without an amount being wrong. */
const WORDING = new Set(['description', 'explain.text']);

/** The first thing in which an invoice is not what the timeline gives: line by line, then the whole. Null: none. */
export function firstDifference(expected: Invoice, actual: Invoice): InvoiceDifference | null {
  return lineDifference(expected.lines, actual.lines) ?? wholeDifference(expected, actual);
}

function lineDifference(
  expected: readonly ChargeLineView[],
  actual: readonly ChargeLineView[],
): InvoiceDifference | null {
  const found = new Map(actual.map((line) => [line.id, line]));
  for (const line of expected) {
    const there = found.get(line.id);
    if (!there) return { lineId: line.id, field: 'amount', expected: line.amount, actual: null };
    found.delete(line.id);
    const different = differenceOf(factsOf(line), factsOf(there));
    if (different) return { lineId: line.id, ...different };
  }
  const [extra] = found.values();
  return extra ? { lineId: extra.id, field: 'amount', expected: null, actual: extra.amount } : null;
}

function wholeDifference(expected: Invoice, actual: Invoice): InvoiceDifference | null {
  const different = differenceOf(wholeOf(expected), wholeOf(actual));
  if (different) return { lineId: null, ...different };
  if (actual.lines.length !== expected.lines.length)
    return { lineId: null, field: 'lines', expected: expected.lines.length, actual: actual.lines.length };
  const credit = Math.max(0, -actual.total);
  if (actual.creditAdded !== credit)
    return { lineId: null, field: 'creditAdded', expected: credit, actual: actual.creditAdded };
  return null;
}

function wholeOf({ currency, period, issuedAt, dueDate, subtotal, discount, tax, total }: Invoice) {
  return factsOf({ currency, period, issuedAt, dueDate, subtotal, discount, tax, total });
}

function differenceOf(expected: ReadonlyMap<string, Fact>, actual: ReadonlyMap<string, Fact>) {
  for (const field of new Set([...expected.keys(), ...actual.keys()])) {
    const [right, there] = [expected.get(field) ?? null, actual.get(field) ?? null];
    if (right !== there) return { field, expected: right, actual: there };
  }
  return null;
}

/** By dotted path. */
function factsOf(value: object, path = ''): Map<string, Fact> {
  const facts = new Map<string, Fact>();
  for (const [name, inner] of Object.entries(value)) {
    const place = `${path}${name}`;
    if (WORDING.has(place)) continue;
    if (typeof inner === 'object' && inner !== null)
      for (const [deeper, fact] of factsOf(inner, `${place}.`)) facts.set(deeper, fact);
    else facts.set(place, inner as Fact);
  }
  return facts;
}
