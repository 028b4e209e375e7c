import { type ChargeLine, DEFAULT_BILLING, type GivenBack, type PlanPrices } from '../billing/charge.js';
import { type TimelineEntry } from '../billing/timeline.js';
import { type BillingStep, billingSteps } from './invoice.draft.js';
import { amountDueOf, type Invoice } from './invoice.js';
import { creditChangeOf, decide, type InvoiceCommand } from './invoice.lifecycle.js';
import { draftOfStep } from './invoicing.service.js';
import { type LedgerEntry, ledgerEntries } from './ledger.js';

export function stepsFor(
  timeline: readonly TimelineEntry[],
  plans: readonly PlanPrices[],
  givenBack: readonly GivenBack[] = [],
): BillingStep[] {
  return billingSteps({ timeline, plans, options: DEFAULT_BILLING, givenBack });
}

/** The accounts of one customer in one currency, kept in memory by the rules. */
export class FakeAccounts {
  readonly invoices: Invoice[] = [];
  readonly ledger: LedgerEntry[] = [];
  balance = 0;

  bill(steps: readonly BillingStep[]): this {
    for (const step of steps) {
      const draft = draftOfStep(step, 'S');
      if (!draft) continue;
      const number = `INV-${this.invoices.length + 1}`;
      this.invoices.push(this.changed(draft, { kind: 'finalize', number, balance: this.balance }));
    }
    return this;
  }

  change(index: number, command: InvoiceCommand): void {
    const before = this.invoices[index];
    if (!before) throw new Error(`there is no invoice ${index}`);
    this.invoices[index] = this.changed(before, command);
  }

  /** `open -6.00, due 0` in minor units. */
  shown(): string[] {
    return this.invoices.map(
      (invoice) =>
        `${invoice.status} ${invoice.total}, credit ${invoice.creditApplied}, due ${amountDueOf(invoice)}`,
    );
  }

  get due(): number {
    return this.invoices.reduce((sum, invoice) => sum + amountDueOf(invoice), 0);
  }

  private changed(before: Invoice, command: InvoiceCommand): Invoice {
    const decision = decide(before, command);
    if (decision.kind === 'refused') throw new Error(`${decision.from} cannot become ${decision.to}`);
    this.ledger.push(...ledgerEntries(before, decision.invoice));
    this.balance += creditChangeOf(before, decision.invoice);
    return decision.invoice;
  }
}

export const idsOf = (lines: readonly Pick<ChargeLine, 'id'>[]) => lines.map(({ id }) => id);
