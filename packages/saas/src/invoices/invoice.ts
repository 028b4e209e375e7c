import {
  addDays,
  amountToJson,
  type Currency,
  type Instant,
  type LocalDate,
  money,
  type Period,
} from '@landlord/kernel/pure';
import { type ChargeLine } from '../billing/charge.js';
import { type ChargeLineView } from '../billing/charge.schema.js';
import { type TimelineEntry } from '../billing/timeline.js';
import { sumMinor } from './invoice.draft.js';

export const INVOICE_STATUSES = ['draft', 'open', 'paid', 'void', 'uncollectible'] as const;
export type InvoiceStatus = (typeof INVOICE_STATUSES)[number];

/** Days from the day of the invoice. */
export const PAYMENT_DAYS = 14;

/** The event that brought an invoice. */
export interface InvoiceCause {
  readonly eventId: string;
  readonly event: string;
}

export interface Payment {
  /** Minor units. */
  readonly amount: number;
  readonly paidAt: Instant;
  readonly reference: string | null;
  readonly recordedBy: string;
}

export interface Voiding {
  readonly at: Instant;
  readonly reason: string | null;
  /** Credit that was applied and stands in the balance again. */
  readonly creditReturned: number;
}

/** Amounts are safe integers of minor units; from when it is open, only status, payment and voiding change. */
export interface Invoice {
  /** Null while it is a draft. */
  readonly number: string | null;
  readonly status: InvoiceStatus;
  readonly subscriptionCode: string;
  readonly currency: Currency;
  /** Of the subscription, as the invoice was made. */
  readonly period: Period;
  readonly issuedAt: Instant;
  readonly dueDate: LocalDate;
  readonly cause: InvoiceCause;
  readonly lines: readonly ChargeLineView[];
  readonly subtotal: number;
  readonly discount: number;
  readonly tax: number;
  /** subtotal - discount + tax; below 0 it becomes credit. */
  readonly total: number;
  readonly creditApplied: number;
  /** What a total below 0 added to the balance. */
  readonly creditAdded: number;
  readonly payment: Payment | null;
  readonly voiding: Voiding | null;
}

/** Everything but the lines, which must be of one currency; anything else is a bug and throws. */
export function draftOf(
  {
    entry,
    lines,
    views,
  }: { entry: TimelineEntry; lines: readonly ChargeLine[]; views: readonly ChargeLineView[] },
  subscriptionCode: string,
): Invoice {
  const currency = currencyOfLines(lines);
  const subtotal = amountToJson(money(sumMinor(lines), currency));
  return {
    number: null,
    status: 'draft',
    subscriptionCode,
    currency,
    period: entry.state.currentPeriod,
    issuedAt: entry.at,
    dueDate: addDays(entry.date, PAYMENT_DAYS),
    cause: { eventId: entry.eventId, event: entry.cause },
    lines: views,
    subtotal,
    // Discounts and taxes come between the two.
    discount: 0,
    tax: 0,
    total: subtotal,
    creditApplied: 0,
    creditAdded: 0,
    payment: null,
    voiding: null,
  };
}

/** What is still to be paid. */
export function amountDueOf({ status, total, creditApplied }: Invoice): number {
  return status === 'draft' || status === 'open' || status === 'uncollectible'
    ? Math.max(0, total - creditApplied)
    : 0;
}

function currencyOfLines(lines: readonly ChargeLine[]): Currency {
  const [currency, ...others] = new Set(lines.map((line) => line.currency));
  if (!currency || others.length > 0) throw new Error('the lines of an invoice must be of one currency');
  return currency;
}
