import { type Instant } from '@landlord/kernel/pure';
import { type ChargeInput, type ChargeLine } from './charge.js';
import { type BillingTerms, chargeOf, creditOf, isPaidFor, type Turn } from './charge.line.js';
import { priceBookOf } from './price-book.js';
import { type BillableState, timelineUntil } from './timeline.js';

/**
 * What is to be billed in advance for a subscription, in the order of its timeline. Previews, invoices and verification
 * all ask here. The lines of an entry follow from it and those before it alone, so the lines of a later cut begin with
 * those of an earlier one. At any time at most one line pays for the rest of the period: the one that a credit is
 * taken from.
 */
export function chargesOf({ timeline, plans, options, until, givenBack = [] }: ChargeInput): ChargeLine[] {
  const terms: BillingTerms = { options, givenBack, priceOf: priceBookOf(plans) };
  const lines: ChargeLine[] = [];
  let before: BillableState | null = null;
  let open: ChargeLine | null = null;
  let resumedAt: Instant | null = null;
  for (const entry of until === undefined ? timeline : timelineUntil(timeline, until)) {
    if (before?.pause?.mode === 'run' && entry.state.pause === null) resumedAt = entry.at;
    const turn: Turn = { before, entry, isNewPeriod: beginsPeriod(before, entry.state), resumedAt };
    before = entry.state;
    if (!changesBill(turn, terms)) continue;
    const credit = open && creditOf(open, turn, terms);
    open = isPaidFor(entry.state) ? chargeOf(turn, terms) : null;
    if (credit) lines.push(credit);
    if (open) lines.push(open);
  }
  return lines;
}

/** What is still to be billed. Billed lines are known by their identity, so asking again changes nothing. */
export function difference<T extends Pick<ChargeLine, 'id'>>(
  should: readonly T[],
  billed: readonly Pick<ChargeLine, 'id'>[],
): T[] {
  const known = new Set(billed.map(({ id }) => id));
  return should.filter(({ id }) => !known.has(id));
}

/** The same plan at the same price for as many is the same bill, though its version be another. */
function changesBill({ before, entry: { state }, isNewPeriod }: Turn, { priceOf }: BillingTerms): boolean {
  const [wasPaid, isPaid] = [before !== null && isPaidFor(before), isPaidFor(state)];
  if (!before || !wasPaid || !isPaid) return wasPaid !== isPaid;
  if (isNewPeriod || before.planCode !== state.planCode || before.quantity !== state.quantity) return true;
  const [was, is] = [priceOf(before), priceOf(state)];
  return was.unitMinor !== is.unitMinor || was.currency !== is.currency;
}

/** Whether a period begins with `state` that was not there before. */
export function beginsPeriod(before: BillableState | null, state: BillableState): boolean {
  if (before === null || before.status === 'trial') return true;
  return before.billingCycle !== state.billingCycle || before.currentPeriod.from !== state.currentPeriod.from;
}
