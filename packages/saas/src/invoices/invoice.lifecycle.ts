import { assertNever, type Instant } from '@landlord/kernel/pure';
import { amountDueOf, type Invoice, type InvoiceStatus } from './invoice.js';

/** A draft that is finalized with nothing due is open and paid in one step. */
export const TRANSITIONS: Readonly<Record<InvoiceStatus, readonly InvoiceStatus[]>> = {
  draft: ['open'],
  open: ['paid', 'void', 'uncollectible'],
  uncollectible: ['paid', 'void'],
  paid: [],
  void: [],
};

export type InvoiceCommand =
  /** `balance`: credit there is, in minor units, at least 0. */
  | { readonly kind: 'finalize'; readonly number: string; readonly balance: number }
  | {
      readonly kind: 'pay';
      readonly paidAt: Instant;
      readonly reference: string | null;
      readonly recordedBy: string;
    }
  | { readonly kind: 'void'; readonly at: Instant; readonly reason: string | null };

export type InvoiceDecision =
  | { readonly kind: 'changed'; readonly invoice: Invoice }
  | { readonly kind: 'refused'; readonly from: InvoiceStatus; readonly to: InvoiceStatus };

export function decide(invoice: Invoice, command: InvoiceCommand): InvoiceDecision {
  const to = targetOf(command);
  if (!TRANSITIONS[invoice.status].includes(to)) return { kind: 'refused', from: invoice.status, to };
  return { kind: 'changed', invoice: changed({ ...invoice, status: to }, command, amountDueOf(invoice)) };
}

function targetOf({ kind }: InvoiceCommand): InvoiceStatus {
  switch (kind) {
    case 'finalize':
      return 'open';
    case 'pay':
      return 'paid';
    case 'void':
      return 'void';
    default:
      return assertNever(kind);
  }
}

function changed(invoice: Invoice, command: InvoiceCommand, amountDue: number): Invoice {
  switch (command.kind) {
    case 'finalize':
      return finalized({ ...invoice, number: command.number }, command.balance);
    case 'pay': {
      const { paidAt, reference, recordedBy } = command;
      return { ...invoice, payment: { amount: amountDue, paidAt, reference, recordedBy } };
    }
    case 'void': {
      const { at, reason } = command;
      return { ...invoice, voiding: { at, reason, creditReturned: invoice.creditApplied } };
    }
    default:
      return assertNever(command);
  }
}

/** A total below 0 becomes credit; any other takes what credit there is. Where nothing is left to pay, it is paid. */
function finalized(invoice: Invoice, balance: number): Invoice {
  const { total } = invoice;
  const creditApplied = Math.max(0, Math.min(total, balance));
  const open: Invoice = { ...invoice, creditApplied, creditAdded: Math.max(0, -total) };
  return amountDueOf(open) === 0 ? { ...open, status: 'paid' } : open;
}

/** By how much the credit balance changes with it. */
export function creditChangeOf(before: Invoice, after: Invoice): number {
  return creditOf(after) - creditOf(before);
}

function creditOf({ creditAdded, creditApplied, voiding }: Invoice): number {
  return creditAdded - creditApplied + (voiding?.creditReturned ?? 0);
}
