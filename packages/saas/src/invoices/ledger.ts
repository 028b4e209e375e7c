import { type Invoice } from './invoice.js';

export const ACCOUNTS = ['receivable', 'revenue', 'tax', 'credit', 'cash'] as const;
export type Account = (typeof ACCOUNTS)[number];

export const MOVEMENTS = ['invoiced', 'credit_applied', 'paid', 'voided'] as const;
export type Movement = (typeof MOVEMENTS)[number];

/** Minor units; a debit is above 0, a credit below. */
export interface LedgerLeg {
  readonly account: Account;
  readonly amount: number;
}

/** A movement of money: its legs come to 0. */
export interface LedgerEntry {
  readonly movement: Movement;
  readonly legs: readonly LedgerLeg[];
}

type Amounts = Partial<Record<Account, number>>;

/** What a change of an invoice moves. `before`: as it was, or the draft. */
export function ledgerEntries(before: Invoice, after: Invoice): LedgerEntry[] {
  const entries: [Movement, Amounts][] = [];
  if (before.status === 'draft') {
    entries.push(['invoiced', invoiced(after)]);
    entries.push(['credit_applied', applied(after)]);
  }
  if (after.payment && !before.payment)
    entries.push(['paid', { cash: after.payment.amount, receivable: -after.payment.amount }]);
  if (after.voiding && !before.voiding) entries.push(['voided', reversed(invoiced(after), applied(after))]);
  return entries.flatMap(([movement, amounts]) => entryOf(movement, amounts) ?? []);
}

/** Of each account, over all entries of one currency. Receivable is what open invoices await; credit is minus the balance. */
export function balancesOf(entries: readonly LedgerEntry[]): Record<Account, bigint> {
  const balances = { receivable: 0n, revenue: 0n, tax: 0n, credit: 0n, cash: 0n };
  for (const { legs } of entries) for (const { account, amount } of legs) balances[account] += BigInt(amount);
  return balances;
}

/** A total below 0 is owed to the customer: it is not received, but stands as credit. */
function invoiced({ total, subtotal, discount, tax }: Invoice): Amounts {
  return { [total < 0 ? 'credit' : 'receivable']: total, revenue: discount - subtotal, tax: -tax };
}

function applied({ creditApplied }: Invoice): Amounts {
  return { credit: creditApplied, receivable: -creditApplied };
}

function reversed(...amounts: readonly Amounts[]): Amounts {
  const sumOf = (account: Account) => amounts.reduce((sum, each) => sum - (each[account] ?? 0), 0);
  return Object.fromEntries(ACCOUNTS.map((account) => [account, sumOf(account)]));
}

function entryOf(movement: Movement, amounts: Amounts): LedgerEntry | null {
  const legs = ACCOUNTS.flatMap((account) => {
    const amount = amounts[account] ?? 0;
    return amount === 0 ? [] : [{ account, amount }];
  });
  if (legs.length === 0) return null;
  if (legs.reduce((sum, { amount }) => sum + BigInt(amount), 0n) !== 0n)
    throw new Error(`${movement} does not balance: ${JSON.stringify(legs)}`);
  return { movement, legs };
}
