import {
  CLOCK,
  type Clock,
  type Command,
  CommandService,
  DataService,
  type InvokeContext,
  type Item,
  type ItemKey,
  invalidInput,
  LandlordError,
  notFound,
  type Page,
  requireTenant,
  STORE,
  type Store,
  tenantPk,
  tenantScope,
  untilUncontended,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { billingCommand, billingKey, billingStateOf, withVoided } from '../billing/billing-state.item.js';
import { matchingPage } from '../http/matching-page.js';
import { creditKey } from './credit.item.js';
import {
  changeInvoiceCommand,
  INVOICE_PREFIX,
  INVOICE_TYPE,
  invoiceFromItem,
  invoiceView,
} from './invoice.item.js';
import { type Invoice } from './invoice.js';
import { decide, type InvoiceCommand } from './invoice.lifecycle.js';
import { type InvoiceQuery, type InvoiceView, type PayInput, type VoidInput } from './invoice.schema.js';
import { movementCommands } from './invoice-change.item.js';

interface Asked {
  readonly number: string;
  readonly ifMatch: number | null;
}

@Injectable()
export class InvoiceService {
  constructor(
    private readonly commandService: CommandService,
    private readonly dataService: DataService,
    @Inject(STORE) private readonly store: Store,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Newest first. */
  async list(context: InvokeContext, { status, ...page }: InvoiceQuery): Promise<Page<InvoiceView>> {
    const pk = tenantPk(requireTenant(context));
    const { items, nextCursor } = await matchingPage(
      page,
      (part) =>
        this.dataService.listItemsByPk(
          pk,
          { ...part, sk: { beginsWith: INVOICE_PREFIX }, order: 'desc' },
          { invokeContext: context },
        ),
      ({ attributes }) => status === undefined || attributes.status === status,
    );
    return { items: items.map(invoiceView), nextCursor };
  }

  async get(context: InvokeContext, number: string): Promise<InvoiceView> {
    return invoiceView(await this.item(requireTenant(context), number));
  }

  /** All that is due, by hand. */
  async pay(context: InvokeContext, { reference, paidAt, ...asked }: PayInput & Asked): Promise<InvoiceView> {
    const now = this.clock.now();
    if (paidAt !== undefined && paidAt > now) throw invalidInput('paidAt', 'must not be in the future');
    const { userId: recordedBy } = context.user;
    return this.change(context, asked, {
      kind: 'pay',
      paidAt: paidAt ?? now,
      reference: reference ?? null,
      recordedBy,
    });
  }

  /** Nothing of it is owed any more, and credit that it took stands in the balance again. */
  async void(context: InvokeContext, { reason, ...asked }: VoidInput & Asked): Promise<InvoiceView> {
    return this.change(context, asked, { kind: 'void', at: this.clock.now(), reason: reason ?? null });
  }

  /** `not_found` also for another tenant's. */
  async item(tenantCode: string, number: string): Promise<Item> {
    const query = { tenantCode, type: INVOICE_TYPE, code: number, limit: 1 };
    const { items } = await this.store.itemsByCode(tenantScope(tenantCode), query);
    const [item] = items;
    if (!item) throw notFound('invoice');
    return item;
  }

  private change(
    context: InvokeContext,
    { number, ifMatch }: Asked,
    command: Exclude<InvoiceCommand, { kind: 'finalize' }>,
  ): Promise<InvoiceView> {
    const tenantCode = requireTenant(context);
    return untilUncontended(ifMatch, async () => {
      const item = await this.item(tenantCode, number);
      requireVersion(item, ifMatch);
      const before = invoiceFromItem(item);
      const decision = decide(before, command);
      if (decision.kind === 'refused') throw refusalOf(number, decision);
      const commands = [
        changeInvoiceCommand(item, decision.invoice),
        ...(await this.commandsWith(tenantCode, before, decision.invoice)),
      ];
      const respond = ([changed = null]: readonly (Item | null)[]) => invoiceView(changed ?? item);
      return this.commandService.commit({ commands, respond }, { invokeContext: context });
    });
  }

  private async commandsWith(tenantCode: string, before: Invoice, after: Invoice): Promise<Command[]> {
    const credit = await this.read(tenantCode, creditKey(tenantCode, after.currency));
    const { payment, voiding, total } = after;
    const told = voiding
      ? ({ event: 'invoice.voided', amount: total } as const)
      : ({ event: 'invoice.paid', amount: payment?.amount ?? 0 } as const);
    const change = { before, after, credit, ...told, at: this.clock.now() };
    const moved = movementCommands(tenantCode, change);
    return voiding ? [...moved, await this.voidedCommand(tenantCode, after)] : moved;
  }

  private async voidedCommand(tenantCode: string, invoice: Invoice): Promise<Command> {
    const { subscriptionCode: code } = invoice;
    const item = await this.read(tenantCode, billingKey(tenantCode, code));
    return billingCommand({ tenantCode, code, item }, withVoided(billingStateOf(item), invoice.lines));
  }

  private read(tenantCode: string, key: ItemKey): Promise<Item | null> {
    return this.dataService.getItem(key, { scope: tenantScope(tenantCode) });
  }
}

function requireVersion({ code, version }: Item, ifMatch: number | null): void {
  if (ifMatch === null || ifMatch === version) return;
  throw new LandlordError(
    'version_conflict',
    `invoice ${code} is at version ${version}, not ${ifMatch}; read it again and repeat the change`,
    { facts: { currentVersion: version, givenVersion: ifMatch } },
  );
}

function refusalOf(number: string, { from, to }: { from: string; to: string }): LandlordError {
  return new LandlordError('invalid_transition', `invoice ${number} is ${from} and cannot become ${to}`, {
    facts: { from, to },
  });
}
