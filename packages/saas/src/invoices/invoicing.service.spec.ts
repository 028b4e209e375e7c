import { type Change, generateId, type InvokeContext, type Item } from '@landlord/kernel';
import { currencyOf, timeZoneOf } from '@landlord/kernel/pure';
import { beforeEach, describe, expect, it } from 'vitest';
import { TimelineService } from '../billing/timeline.service.js';
import { MasterService } from '../master/master.service.js';
import { openItemStore } from '../plans/item-store.fixture.js';
import { createPlanCommands } from '../plans/plan.item.js';
import { PlanService } from '../plans/plan.service.js';
import { SEED_PLANS } from '../plans/seed-plans.js';
import { itemTypeFlaw } from '../portability/item-type.schema.js';
import { begun } from '../subscriptions/subscription.anew.js';
import { createEventCommands } from '../subscriptions/subscription.event.item.js';
import { createSubscriptionCommand } from '../subscriptions/subscription.item.js';
import { type Subscription } from '../subscriptions/subscription.js';
import { SubscriptionService } from '../subscriptions/subscription.service.js';
import { BillingService } from './billing.service.js';
import { BillingEventHandler } from './event-billing.service.js';
import { InvoiceService } from './invoice.service.js';
import { InvoiceVerification } from './invoice.verification.service.js';
import { InvoicingService } from './invoicing.service.js';
import { LEDGER_TYPE, ledgerEntryFromItem } from './ledger.item.js';
import { balancesOf } from './ledger.js';

const START = '2024-03-01T09:00:00.000Z';
const NOW = '2025-03-01T09:00:00.000Z';
const operator: InvokeContext = {
  user: { userId: 'operator', tenantCode: 'acme', roles: ['system_admin'] },
  ...{ requestId: 'req-9', source: 'test', ip: null, idempotency: null },
};
const ALL = { limit: 200 };
const WRITTEN = ['INVOICE', 'LEDGER', 'CREDITBALANCE', 'INVOICECOUNTER', 'BILLING', 'BILLINGEVENT'];
const FORGED: Readonly<Record<string, object>> = {
  INVOICE: { currency: 'XXL' },
  LEDGER: { movement: 'stolen' },
  CREDITBALANCE: { balance: -1 },
  INVOICECOUNTER: { last: 0.5 },
  BILLING: { billedVersion: 'all' },
  BILLINGEVENT: { at: '2024' },
};

type Told = readonly [
  name: 'renewed' | 'plan_changed' | 'cancelled',
  at: string,
  change: Partial<Subscription>,
];
const month = (from: string, to: string): Told => [
  'renewed',
  `${from}T00:00:00.000Z`,
  { currentPeriod: { from, to } },
];
const DOWNGRADED: Told = ['plan_changed', '2024-03-16T12:00:00.000Z', { planCode: 'starter' }];
const HISTORY: readonly Told[] = [
  ['plan_changed', '2024-03-11T12:00:00.000Z', { planCode: 'enterprise' }],
  DOWNGRADED,
  month('2024-04-01', '2024-05-01'),
  month('2024-05-01', '2024-06-01'),
  ['cancelled', '2024-05-16T12:00:00.000Z', { status: 'cancelled', endDate: '2024-05-16' }],
];

/** `professional` since 2024-03-01, and then what `told` says; nothing is billed yet. */
function open(told: readonly Told[] = HISTORY) {
  const core = openItemStore({ now: () => NOW });
  const { items, store, commandService, dataService, clock } = core;
  const plans = new PlanService(commandService, dataService, new MasterService(dataService));
  const timelines = new TimelineService(dataService, plans);
  const invoicing = new InvoicingService(commandService, dataService, timelines, clock);
  const invoices = new InvoiceService(commandService, dataService, store, clock);
  items.put(...SEED_PLANS.flatMap((plan) => createPlanCommands(plan)));
  const plan = { code: 'professional', version: 1, trialDays: 0 };
  const terms = {
    billingCycle: 'monthly' as const,
    currency: currencyOf('USD'),
    timezone: timeZoneOf('UTC'),
  };
  const first = begun({ code: 'SUB-001', plan, ...terms, now: START });
  items.put(createSubscriptionCommand('acme', first.subscription));
  items.put(...createEventCommands('acme', { subscription: first.subscription, version: 1 }, first.events));
  let { subscription } = first;
  for (const [index, [name, effectiveAt, change]] of told.entries()) {
    subscription = { ...subscription, ...change };
    const event = { name: `subscription.${name}` as const, effectiveAt, data: {} };
    items.put(...createEventCommands('acme', { subscription, version: index + 2 }, [event]));
  }
  const ofType = (type: string) => [...items.items.values()].filter((item) => item.type === type);
  const handler = new BillingEventHandler(invoicing);
  const handle = ({ pk, sk, type, tenantCode, ...item }: Item) => {
    const key = { pk, sk, type, tenantCode };
    return handler.handleSync({
      ...key,
      version: 1,
      span: 1,
      old: null,
      new: { ...key, ...item },
    } satisfies Change);
  };
  return {
    items,
    events: ofType('SUBSCRIPTIONEVENT'),
    handle,
    ofType,
    invoices,
    billing: new BillingService(dataService, new SubscriptionService(dataService), plans),
    verification: new InvoiceVerification(invoices, invoicing),
    /** Number, status, total, credit applied, due; oldest first. */
    shown: async () =>
      (await invoices.list(operator, ALL)).items
        .map(({ number, status, total, creditApplied, amountDue }) => [
          number?.slice(-2),
          ...[status, total, creditApplied, amountDue],
        ])
        .reverse(),
    /** Everything that billing wrote, but when. */
    written: () =>
      WRITTEN.flatMap((type) =>
        ofType(type)
          .map(({ pk, sk, attributes }) => ({ pk, sk, attributes }))
          .sort((one, other) => (one.sk < other.sk ? -1 : 1)),
      ),
    balances: () => balancesOf(ofType(LEDGER_TYPE).map(ledgerEntryFromItem)),
  };
}

/** Of 31 days: 21 at 49900 less 21 at 9900; then 16 at 2900 less 16 at 49900, and 2900; then 16 at 2900. */
const EXPECTED = [
  ['01', 'open', 9_900, 0, 9_900],
  ['02', 'open', 27_097, 0, 27_097],
  ['03', 'paid', -21_358, 0, 0],
  ['04', 'paid', 2_900, 2_900, 0],
  ['05', 'paid', -1_497, 0, 0],
];

describe('billing the events of a subscription', () => {
  let book: ReturnType<typeof open>;
  beforeEach(() => {
    book = open();
  });

  it('makes the invoices that follow, whose numbers have no gap, and credit pays first', async () => {
    for (const event of book.events) await book.handle(event);
    expect(await book.shown()).toEqual(EXPECTED);
    const { receivable, credit, revenue } = book.balances();
    const { balance } = await book.billing.balance(operator, undefined);
    expect([receivable, -credit, receivable + credit + revenue]).toEqual([36_997n, BigInt(balance), 0n]);
    expect(balance).toBe(21_358 - 2_900 + 1_497);
  });

  it.each<[string, (events: readonly Item[]) => readonly (readonly Item[])[]]>([
    ['the last first', (events) => events.toReversed().map((event) => [event])],
    ['all at once', (events) => [events]],
    ['each twice at once', (events) => events.map((event) => [event, event])],
    ['some before, then all again', (events) => [events.slice(2, 4), events.slice(0, 2), events]],
  ])('%s: the same', async (_name, turns) => {
    const inOrder = open();
    for (const event of inOrder.events) await inOrder.handle(event);
    for (const turn of turns(book.events)) await Promise.all(turn.map(book.handle));
    expect(book.written()).toEqual(inOrder.written());
  });

  it('goes on where it fell, at whatever commit', async () => {
    for (const event of book.events) await book.handle(event);
    for (let good = 0; good < 6; good += 1) {
      const fallen = open();
      let left = good;
      fallen.items.beforeCommit = () => {
        left -= 1;
        if (left === -1) throw new Error('killed');
      };
      const attempts = await Promise.allSettled(fallen.events.map(fallen.handle));
      expect(attempts.some(({ status }) => status === 'rejected')).toBe(true);
      for (const event of fallen.events) await fallen.handle(event);
      expect(fallen.written()).toEqual(book.written());
    }
  });

  it('writes what an export can bring back, and nothing that says otherwise', async () => {
    for (const event of book.events) await book.handle(event);
    const items = WRITTEN.flatMap(book.ofType);
    expect(items.map(itemTypeFlaw)).toEqual(items.map(() => null));
    const wrong = items.flatMap((item) => [
      { ...item, sk: `${item.sk}1` },
      { ...item, attributes: { ...item.attributes, ...FORGED[item.type] } },
    ]);
    expect(wrong.filter((item) => itemTypeFlaw(item) === null)).toEqual([]);
    const [invoice] = book.ofType('INVOICE');
    expect(invoice && itemTypeFlaw({ ...invoice, code: 'INV-GLOBEX-000001' })).toMatch(/is not where/);
  });

  it('tells what it did and why', async () => {
    for (const event of book.events) await book.handle(event);
    const { items } = await book.billing.listEvents(operator, ALL);
    expect(items.map(({ name, amount, creditChange }) => [name, amount, creditChange]).reverse()).toEqual([
      ['invoice.opened', 9_900, 0],
      ['invoice.opened', 27_097, 0],
      ['lines.waiting', -24_258, 0],
      ['invoice.opened', -21_358, 21_358],
      ['invoice.opened', 2_900, -2_900],
      ['invoice.opened', -1_497, 1_497],
    ]);
    expect(items.at(-2)?.cause).toEqual({
      ...{ eventId: 'SUB-001.2.0', event: 'subscription.plan_changed' },
      ...{ userId: 'system', requestId: 'put', source: 'test' },
    });
  });
});

describe('an invoice that is there', () => {
  const numberOf = (count: number) => `INV-ACME-00000${count}`;
  async function billed(told?: readonly Told[]) {
    const book = open(told);
    for (const event of book.events) await book.handle(event);
    return book;
  }

  it('is paid once, as a whole', async () => {
    const { invoices, balances } = await billed();
    const asked = { number: numberOf(1), ifMatch: 1 };
    const paid = await invoices.pay(operator, { ...asked, reference: 'bank 7' });
    const payment = { amount: 9_900, paidAt: NOW, reference: 'bank 7', recordedBy: 'operator' };
    expect(paid).toMatchObject({ status: 'paid', amountDue: 0, version: 2, payment });
    await expect(invoices.pay(operator, asked)).rejects.toMatchObject({ code: 'version_conflict' });
    await expect(invoices.pay(operator, { ...asked, ifMatch: null })).rejects.toMatchObject({
      code: 'invalid_transition',
      facts: { from: 'paid', to: 'paid' },
    });
    const late = { number: numberOf(2), ifMatch: null, paidAt: '2026-01-01T00:00:00.000Z' };
    await expect(invoices.pay(operator, late)).rejects.toMatchObject({ code: 'validation_failed' });
    expect(balances()).toMatchObject({ cash: 9_900n, receivable: 27_097n });
    await expect(invoices.get(operator, 'INV-ACME-000009')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('gives back the credit that it took when it is void, and nothing is given back of it later', async () => {
    const plan: Told = ['plan_changed', '2024-04-10T12:00:00.000Z', { planCode: 'enterprise' }];
    const { invoices, billing, events, handle, shown, balances, verification } = await billed([
      DOWNGRADED,
      month('2024-04-01', '2024-05-01'),
      plan,
    ]);
    const before = await billing.balance(operator, 'USD');
    const [, , upgrade] = await shown();
    expect([before.balance, upgrade?.[1]]).toEqual([0, 'open']);
    const voided = await invoices.void(operator, { number: numberOf(3), ifMatch: null, reason: 'a mistake' });
    const applied = Number(upgrade?.[3]);
    expect(applied).toBeGreaterThan(0);
    expect(voided).toMatchObject({ status: 'void', amountDue: 0, voiding: { creditReturned: applied } });
    expect(await billing.balance(operator, undefined)).toEqual({ currency: 'USD', balance: applied });
    expect(balances().credit).toBe(-BigInt(applied));
    expect(balances().receivable).toBe(9_900n);
    for (const event of events) await handle(event);
    expect(await verification.verify(operator, numberOf(3))).toMatchObject({ verified: true });
  });

  it('is verified, and the first difference is named with both values', async () => {
    const { items, verification, ofType } = await billed();
    for (let count = 1; count <= 5; count += 1)
      expect(await verification.verify(operator, numberOf(count))).toMatchObject({
        verified: true,
        firstDifference: null,
      });
    const second = ofType('INVOICE').find(({ code }) => code === numberOf(2));
    if (!second) throw new Error('there is a second');
    const [credit, charge] = second.attributes.lines as { id: string; explain: object }[];
    const tampered = (attributes: object) => {
      const changed = { ...second, attributes: { ...second.attributes, ...attributes } };
      items.items.set(generateId(second.pk, second.sk), changed as Item);
      return verification.verify(operator, numberOf(2));
    };
    expect(await tampered({ lines: [credit, { ...charge, amount: 1 }] })).toEqual({
      ...{ number: numberOf(2), verified: false, lines: 2 },
      firstDifference: { lineId: 'SUB-001.2.0:charge', field: 'amount', expected: 33_803, actual: 1 },
    });
    const explain = { ...charge?.explain, whole: 30 };
    expect((await tampered({ lines: [credit, { ...charge, explain }] })).firstDifference).toMatchObject({
      ...{ field: 'explain.whole', expected: 31, actual: 30 },
    });
    expect((await tampered({ lines: [charge] })).firstDifference).toMatchObject({
      lineId: credit?.id,
      actual: null,
    });
    expect(
      (await tampered({ lines: [credit, charge, { ...charge, id: 'X' }] })).firstDifference,
    ).toMatchObject({
      ...{ lineId: 'X', expected: null },
    });
    expect((await tampered({ total: 1 })).firstDifference).toEqual({
      ...{ lineId: null, field: 'total', expected: 27_097, actual: 1 },
    });
  });

  it('is listed newest first, by status, in pages', async () => {
    const { invoices } = await billed();
    const { items, nextCursor } = await invoices.list(operator, { limit: 2 });
    expect(items.map(({ number }) => number)).toEqual([numberOf(5), numberOf(4)]);
    const next = await invoices.list(operator, { limit: 2, cursor: nextCursor ?? '' });
    expect(next.items.map(({ number }) => number)).toEqual([numberOf(3), numberOf(2)]);
    const unpaid = await invoices.list(operator, { limit: 200, status: 'open' });
    expect(unpaid.items.map(({ number }) => number)).toEqual([numberOf(2), numberOf(1)]);
  });
});
