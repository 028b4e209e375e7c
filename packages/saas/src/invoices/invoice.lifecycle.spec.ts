import { currencyOf } from '@landlord/kernel/pure';
import { describe, expect, it } from 'vitest';
import { INVOICE_STATUSES, type Invoice, type InvoiceStatus } from './invoice.js';
import { creditChangeOf, decide, type InvoiceCommand } from './invoice.lifecycle.js';
import { invoiceNumber } from './invoice.number.js';
import { ledgerEntries } from './ledger.js';

const AT = '2024-03-20T00:00:00.000Z';
const invoice = (change: Partial<Invoice> = {}): Invoice => ({
  number: null,
  status: 'draft',
  subscriptionCode: 'SUB-001',
  currency: currencyOf('USD'),
  period: { from: '2024-03-01', to: '2024-04-01' },
  issuedAt: AT,
  dueDate: '2024-03-15',
  cause: { eventId: 'SUB-001.1.0', event: 'subscription.created' },
  lines: [],
  subtotal: 1_000,
  discount: 0,
  tax: 0,
  total: 1_000,
  creditApplied: 0,
  creditAdded: 0,
  payment: null,
  voiding: null,
  ...change,
});
const COMMANDS: Record<InvoiceCommand['kind'], InvoiceCommand> = {
  finalize: { kind: 'finalize', number: 'INV-1', balance: 0 },
  pay: { kind: 'pay', paidAt: AT, reference: 'R1', recordedBy: 'usr-1' },
  void: { kind: 'void', at: AT, reason: null },
};
const changed = (before: Invoice, command: InvoiceCommand): Invoice => {
  const decision = decide(before, command);
  if (decision.kind === 'refused') throw new Error(`${decision.from} to ${decision.to}`);
  return decision.invoice;
};

describe('an invoice', () => {
  const allowed = ['draft finalize', 'open pay', 'open void', 'uncollectible pay', 'uncollectible void'];

  it.each(
    INVOICE_STATUSES.flatMap((status) =>
      Object.values(COMMANDS).map((command) => [status, command] as const),
    ),
  )('that is %s: %s', (status: InvoiceStatus, command) => {
    const isAllowed = allowed.includes(`${status} ${command.kind}`);
    expect(decide(invoice({ status }), command).kind).toBe(isAllowed ? 'changed' : 'refused');
  });

  it.each([
    { total: 1_000, balance: 0, becomes: 'open', applied: 0, added: 0 },
    { total: 1_000, balance: 400, becomes: 'open', applied: 400, added: 0 },
    { total: 1_000, balance: 1_000, becomes: 'paid', applied: 1_000, added: 0 },
    { total: 1_000, balance: 9_000, becomes: 'paid', applied: 1_000, added: 0 },
    { total: 0, balance: 400, becomes: 'paid', applied: 0, added: 0 },
    { total: -300, balance: 400, becomes: 'paid', applied: 0, added: 300 },
  ])('of $total beside a balance of $balance is $becomes', ({ total, balance, becomes, applied, added }) => {
    const draft = invoice({ total, subtotal: total });
    const after = changed(draft, { kind: 'finalize', number: 'INV-1', balance });
    expect([after.status, after.creditApplied, after.creditAdded]).toEqual([becomes, applied, added]);
    expect(creditChangeOf(draft, after)).toBe(added - applied);
  });

  it('gives the credit back that it took when it is void, and moves the money back', () => {
    const draft = invoice();
    const open = changed(draft, { kind: 'finalize', number: 'INV-1', balance: 400 });
    const gone = changed(open, COMMANDS.void);
    expect(creditChangeOf(open, gone)).toBe(400);
    expect([...ledgerEntries(draft, open), ...ledgerEntries(open, gone)]).toEqual([
      {
        movement: 'invoiced',
        legs: [
          { account: 'receivable', amount: 1_000 },
          { account: 'revenue', amount: -1_000 },
        ],
      },
      {
        movement: 'credit_applied',
        legs: [
          { account: 'receivable', amount: -400 },
          { account: 'credit', amount: 400 },
        ],
      },
      {
        movement: 'voided',
        legs: [
          { account: 'receivable', amount: -600 },
          { account: 'revenue', amount: 1_000 },
          { account: 'credit', amount: -400 },
        ],
      },
    ]);
  });

  it('is paid as a whole', () => {
    const open = changed(invoice(), { kind: 'finalize', number: 'INV-1', balance: 400 });
    const paid = changed(open, COMMANDS.pay);
    expect(paid.payment).toEqual({ amount: 600, paidAt: AT, reference: 'R1', recordedBy: 'usr-1' });
    expect(ledgerEntries(open, paid)).toEqual([
      {
        movement: 'paid',
        legs: [
          { account: 'receivable', amount: -600 },
          { account: 'cash', amount: 600 },
        ],
      },
    ]);
  });

  it.each([
    ['acme-corp', 1, 'INV-ACME-CORP-000001'],
    ['a', 1_234_567, 'INV-A-1234567'],
  ])('of %s, the %dth, is %s', (tenantCode, count, number) => {
    expect(invoiceNumber(tenantCode, count)).toBe(number);
  });
});
