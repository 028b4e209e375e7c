import { type ChargeInput, type ChargeLine } from '../billing/charge.js';
import { beginsPeriod, chargesOf } from '../billing/charges.js';
import { type BillableState, type TimelineEntry } from '../billing/timeline.js';

/** So many lines do not wait any longer: an invoice must stay small. */
export const LINES_LIMIT = 100;

/** What billing does as a subscription's timeline goes on by one entry. */
export interface BillingStep {
  readonly entry: TimelineEntry;
  /** New with this entry. */
  readonly lines: readonly ChargeLine[];
  /** What goes on an invoice now, with what waited before; empty: it waits. */
  readonly invoiced: readonly ChargeLine[];
}

/**
 * What waited and what is new is invoiced when it comes to more than 0, when a period begins, and when the subscription
 * has ended. So an upgrade is billed at once, the credit of a downgrade waits for the renewal, and leaving early gives a
 * closing invoice. A step follows from its entry and those before it alone; entries that bring nothing have none.
 */
export function billingSteps(input: ChargeInput): BillingStep[] {
  const byEvent = linesByEvent(chargesOf(input));
  const steps: BillingStep[] = [];
  let before: BillableState | null = null;
  let waiting: readonly ChargeLine[] = [];
  for (const entry of input.timeline) {
    const lines = byEvent.get(entry.eventId) ?? [];
    waiting = [...waiting, ...lines];
    const isDue = waiting.length > 0 && isInvoiced(waiting, beginsPeriod(before, entry.state), entry.state);
    before = entry.state;
    if (lines.length === 0 && !isDue) continue;
    steps.push({ entry, lines, invoiced: isDue ? waiting : [] });
    if (isDue) waiting = [];
  }
  return steps;
}

export function sumMinor(lines: readonly Pick<ChargeLine, 'amountMinor'>[]): bigint {
  return lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
}

function isInvoiced(waiting: readonly ChargeLine[], isPeriod: boolean, { status }: BillableState): boolean {
  const hasEnded = status === 'cancelled' || status === 'expired';
  return isPeriod || hasEnded || sumMinor(waiting) > 0n || waiting.length >= LINES_LIMIT;
}

function linesByEvent(lines: readonly ChargeLine[]): ReadonlyMap<string, readonly ChargeLine[]> {
  const byEvent = new Map<string, ChargeLine[]>();
  for (const line of lines) byEvent.set(line.eventId, [...(byEvent.get(line.eventId) ?? []), line]);
  return byEvent;
}
