import {
  amountToJson,
  CLOCK,
  type Clock,
  type Command,
  CommandService,
  DataService,
  type Item,
  type ItemKey,
  money,
  systemContext,
  tenantScope,
  untilUncontended,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { billingCommand, billingKey, billingStateOf, givenBackOf } from '../billing/billing-state.item.js';
import { DEFAULT_BILLING, type PlanPrices } from '../billing/charge.js';
import { chargeLineView } from '../billing/charge.schema.js';
import { TimelineService, type Told } from '../billing/timeline.service.js';
import { billingEventCommand } from './billing-event.item.js';
import { creditBalanceOf, creditKey } from './credit.item.js';
import { type BillingStep, billingSteps, sumMinor } from './invoice.draft.js';
import { countCommand, counterKey, createInvoiceCommand, lastNumberOf } from './invoice.item.js';
import { draftOf, type Invoice } from './invoice.js';
import { decide } from './invoice.lifecycle.js';
import { invoiceNumber } from './invoice.number.js';
import { movementCommands } from './invoice-change.item.js';

interface Account {
  readonly tenantCode: string;
  readonly code: string;
}

/** A subscription up to one of its versions. */
export interface BilledUntil extends Account {
  readonly version: number;
}

interface Basis extends Account, Told {
  readonly plans: readonly PlanPrices[];
}

/**
 * Bills the events of subscriptions, one after the other, each in a unit of work of its own that also says how far it
 * has come. So whoever does it, again, at once, or after a fall, the same invoices follow.
 */
@Injectable()
export class InvoicingService {
  constructor(
    private readonly commandService: CommandService,
    private readonly dataService: DataService,
    private readonly timelines: TimelineService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** All that is not billed yet of the events up to a version. */
  async bill({ tenantCode, code, version }: BilledUntil): Promise<void> {
    const state = billingStateOf(await this.read(tenantCode, billingKey(tenantCode, code)));
    if (state.billedVersion >= version) return;
    const told = await this.timelines.toldBy({ tenantCode, code, version });
    const basis = { tenantCode, code, ...told, plans: await this.timelines.plansOf(told.timeline) };
    for (let turns = 0; turns <= told.timeline.length; turns += 1)
      if (!(await untilUncontended(null, () => this.billNext(basis)))) return;
    throw new Error(`${code} of ${tenantCode} has more to bill than events`);
  }

  /** What should be billed of a subscription up to a version: what its invoices are held against. */
  async steps({ tenantCode, code, version }: BilledUntil): Promise<BillingStep[]> {
    const { timeline } = await this.timelines.toldBy({ tenantCode, code, version });
    const plans = await this.timelines.plansOf(timeline);
    const givenBack = await this.timelines.givenBackOf({ tenantCode, code });
    return billingSteps({ timeline, plans, options: DEFAULT_BILLING, givenBack });
  }

  /** False when nothing is left. */
  private async billNext({ tenantCode, code, timeline, plans, items }: Basis): Promise<boolean> {
    const item = await this.read(tenantCode, billingKey(tenantCode, code));
    const state = billingStateOf(item);
    const givenBack = givenBackOf(state);
    const steps = billingSteps({ timeline, plans, options: DEFAULT_BILLING, givenBack });
    const step = steps.find(({ entry }) => entry.version > state.billedVersion);
    if (!step) return false;
    const { version: billedVersion, eventId } = step.entry;
    const cause = items.get(eventId);
    if (!cause) throw new Error(`there is no event ${eventId} of ${tenantCode}`);
    const commands = [
      billingCommand({ tenantCode, code, item }, { ...state, billedVersion }),
      ...(await this.stepCommands({ tenantCode, code }, step)),
    ];
    const invokeContext = systemContext(tenantCode, cause);
    await this.commandService.commit({ commands, respond: () => null }, { invokeContext });
    return true;
  }

  private async stepCommands(account: Account, step: BillingStep): Promise<Command[]> {
    const draft = draftOfStep(step, account.code);
    return draft
      ? this.openCommands(account.tenantCode, draft)
      : waitingCommands(account, step, this.clock.now());
  }

  private async openCommands(tenantCode: string, draft: Invoice): Promise<Command[]> {
    const [counter, credit] = await Promise.all([
      this.read(tenantCode, counterKey(tenantCode)),
      this.read(tenantCode, creditKey(tenantCode, draft.currency)),
    ]);
    const last = lastNumberOf(counter) + 1;
    const number = invoiceNumber(tenantCode, last);
    const decision = decide(draft, { kind: 'finalize', number, balance: creditBalanceOf(credit) });
    if (decision.kind === 'refused') throw new Error(`a draft cannot become ${decision.to}`);
    const { invoice: after } = decision;
    const event = { event: 'invoice.opened', amount: after.total, at: this.clock.now() } as const;
    return [
      createInvoiceCommand(tenantCode, after),
      countCommand(tenantCode, counter, last),
      ...movementCommands(tenantCode, { before: draft, after, credit, ...event }),
    ];
  }

  private read(tenantCode: string, key: ItemKey): Promise<Item | null> {
    return this.dataService.getItem(key, { scope: tenantScope(tenantCode) });
  }
}

/** Null where the lines wait. */
export function draftOfStep({ entry, invoiced }: BillingStep, subscriptionCode: string): Invoice | null {
  if (invoiced.length === 0) return null;
  return draftOf({ entry, lines: invoiced, views: invoiced.map(chargeLineView) }, subscriptionCode);
}

function waitingCommands(
  { tenantCode, code }: Account,
  { entry, lines }: BillingStep,
  at: string,
): Command[] {
  const currency = lines[0]?.currency;
  if (!currency) return [];
  const event = {
    ...{ name: 'lines.waiting' as const, at, subscriptionCode: code, invoiceNumber: null, currency },
    cause: { eventId: entry.eventId, event: entry.cause },
    amount: amountToJson(money(sumMinor(lines), currency)),
    creditChange: 0,
  };
  return [billingEventCommand(tenantCode, event)];
}
