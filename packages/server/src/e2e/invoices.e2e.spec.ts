import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from './api.js';
import { ServerProcess, type TestPlace, testPlace } from './server-process.js';

interface InvoiceView {
  number: string;
  status: string;
  total: number;
  creditApplied: number;
  amountDue: number;
  dueDate: string;
  period: { from: string; to: string };
  lines: { type: string; amount: number; explain: { text: string } }[];
}

describe('invoices, over HTTP', () => {
  let place: TestPlace;
  let server: ServerProcess;
  let operator: Api;
  const as = async (tenant: string, role = 'billing') =>
    new Api(server.url, await server.token('--tenant', tenant, '--role', role, '--user', 'usr-001'));
  const clock = async (now: string) => expect((await operator.put('/clock', { now })).status).toBe(200);
  /** Oldest first; what has happened until now is billed. */
  const invoicesOf = async (tenant: string): Promise<InvoiceView[]> => {
    await clock((await operator.get('/clock')).body.now);
    const { status, body } = await operator.get('/invoices?limit=200', { tenant });
    expect([status, body.nextCursor]).toEqual([200, null]);
    return body.items.toReversed();
  };
  const totalsOf = async (tenant: string) => (await invoicesOf(tenant)).map(({ total }) => total);
  const balanceOf = async (tenant: string) => (await operator.get('/billing/balance', { tenant })).body;

  beforeAll(async () => {
    place = await testPlace();
    server = await ServerProcess.start({
      dataDir: place.path,
      env: { ...place.env, LANDLORD_CLOCK: 'test', LANDLORD_CLOCK_START: '2024-01-31T09:00:00Z' },
    });
    operator = new Api(server.url, await server.token('--role', 'system_admin'));
    for (const companySlug of ['acme-corp', 'upgrade', 'downgrade', 'years', 'leaving']) {
      const body = { companySlug, companyName: companySlug, planCode: 'starter', timezone: 'Asia/Tokyo' };
      expect((await operator.post('/tenants/provision', body)).status).toBe(201);
      const terms = companySlug === 'years' ? { billingCycle: 'yearly' } : {};
      const activated = await operator.post('/subscription/activate', terms, { tenant: companySlug });
      expect(activated.status).toBe(200);
    }
  });
  afterAll(async () => {
    await server?.stop();
    await place?.remove();
  });

  it('a change from a year to months on the same day stands as a balance', async () => {
    const billing = await as('years');
    const [bought] = await invoicesOf('years');
    expect(
      (await billing.patch('/subscription/plan', { planCode: 'starter', billingCycle: 'monthly' })).status,
    ).toBe(200);
    const [, changed] = await invoicesOf('years');
    expect(changed).toMatchObject({ status: 'paid', total: 2_900 - (bought?.total ?? 0), amountDue: 0 });
    expect(await balanceOf('years')).toEqual({ currency: 'USD', balance: (bought?.total ?? 0) - 2_900 });
  });

  it('an upgrade within a period is billed at once; the credit of a downgrade waits for the next', async () => {
    for (const tenant of ['upgrade', 'downgrade'])
      expect(
        (await operator.patch('/subscription/plan', { planCode: 'professional' }, { tenant })).status,
      ).toBe(200);
    expect(await totalsOf('upgrade')).toEqual([2_900, 7_000]);
    await clock('2024-02-14T15:00:00Z');
    const billing = await as('downgrade');
    expect((await billing.patch('/subscription/plan', { planCode: 'starter' })).status).toBe(200);
    expect(await totalsOf('downgrade')).toEqual([2_900, 7_000]);
    const { items } = (await billing.get('/billing/events')).body;
    expect(items[0]).toMatchObject({
      ...{ name: 'lines.waiting', invoiceNumber: null },
      cause: { event: 'subscription.plan_changed', source: 'PATCH /subscription/plan' },
    });
  });

  it('leaving early gives a closing invoice, whose total stands as credit', async () => {
    const billing = await as('leaving');
    expect((await billing.post('/subscription/cancel', { reason: 'enough' })).status).toBe(200);
    // The 15th in Tokyo: 14 of 29 days are left.
    expect(await totalsOf('leaving')).toEqual([2_900, -1_400]);
    expect(await balanceOf('leaving')).toEqual({ currency: 'USD', balance: 1_400 });
  });

  it('a year of months is twelve invoices more, without a gap, each for its period', async () => {
    await clock('2025-01-31T00:00:00Z');
    const invoices = await invoicesOf('acme-corp');
    expect(invoices.map(({ number }) => number)).toEqual(
      Array.from({ length: 13 }, (_each, index) => `INV-ACME-CORP-${String(index + 1).padStart(6, '0')}`),
    );
    const edges = [
      '01-31',
      '02-29',
      '03-31',
      '04-30',
      '05-31',
      '06-30',
      '07-31',
      '08-31',
      '09-30',
      '10-31',
      '11-30',
      '12-31',
    ];
    const days = [...edges.map((day) => `2024-${day}`), '2025-01-31', '2025-02-28'];
    expect(invoices.map(({ period }) => period)).toEqual(
      days.slice(0, 13).map((from, index) => ({ from, to: days[index + 1] })),
    );
    expect(invoices[1]).toMatchObject({
      ...{ status: 'open', total: 2_900, amountDue: 2_900, dueDate: '2024-03-14' },
      lines: [{ type: 'subscription', explain: { text: '1 x USD 29.00 for the whole period = USD 29.00' } }],
    });
    const downgraded = await invoicesOf('downgrade');
    expect(downgraded[2]?.lines.map(({ type }) => type)).toEqual(['credit', 'proration', 'subscription']);
    const years = (await invoicesOf('years')).slice(2);
    expect(
      years.slice(0, 9).every(({ status, creditApplied }) => status === 'paid' && creditApplied === 2_900),
    ).toBe(true);
    expect((await balanceOf('years')).balance).toBeGreaterThanOrEqual(0);
  });

  it('are paid or made void by the operator, seen by those who pay, and verified', async () => {
    const billing = await as('acme-corp');
    const number = 'INV-ACME-CORP-000002';
    expect((await billing.post(`/invoices/${number}/pay`, {})).status).toBe(403);
    expect((await (await as('acme-corp', 'member')).get('/invoices')).status).toBe(403);
    expect((await (await as('upgrade')).get(`/invoices/${number}`)).status).toBe(404);
    const at = { tenant: 'acme-corp' };
    const headers = { 'idempotency-key': 'pay-2' };
    const paid = await operator.post(`/invoices/${number}/pay`, { reference: 'bank 7' }, { ...at, headers });
    expect(paid).toMatchObject({
      status: 200,
      body: { status: 'paid', amountDue: 0, payment: { amount: 2_900 } },
    });
    expect(
      (await operator.post(`/invoices/${number}/pay`, { reference: 'bank 7' }, { ...at, headers })).body,
    ).toEqual(paid.body);
    expect((await operator.post(`/invoices/${number}/void`, undefined, at)).body).toMatchObject({
      ...{ status: 409, code: 'invalid_transition', from: 'paid', to: 'void' },
    });
    const voided = await operator.post('/invoices/INV-ACME-CORP-000003/void', undefined, at);
    expect(voided).toMatchObject({ status: 200, body: { status: 'void', amountDue: 0 } });
    expect((await billing.get('/invoices?status=void')).body.items).toHaveLength(1);
    const read = await billing.get(`/invoices/${number}`);
    expect([read.status, read.headers.get('etag')]).toEqual([200, '"2"']);
    for (const tenant of ['acme-corp', 'downgrade', 'years', 'leaving'])
      for (const { number: each } of await invoicesOf(tenant))
        expect((await operator.get(`/invoices/${each}/verify`, { tenant })).body).toMatchObject({
          ...{ number: each, verified: true, firstDifference: null },
        });
  });
});
