import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Received, WebhookReceiver } from '../testing/webhook-receiver.js';
import { Api } from './api.js';
import { documentedModule } from './documented-code.js';
import { ServerProcess, type TestPlace, testPlace } from './server-process.js';

const START = '2024-03-01T09:00:00.000Z';

/** As the guide says it. */
type Verify = (secret: string, headers: Received['headers'], body: string) => unknown;

describe('webhooks, over HTTP', () => {
  let place: TestPlace;
  let server: ServerProcess;
  let operator: Api;
  let admin: Api;
  let stranger: Api;
  let receiver: WebhookReceiver;
  let verified: Verify;

  const on = (path: string) => (request: Received) => request.path === path;
  const clock = async (now: string) => expect((await operator.put('/clock', { now })).status).toBe(200);
  const after = (from: string, ms: number) => new Date(Date.parse(from) + ms).toISOString();
  const endpoint = async (by: Api, path: string, more: object = {}) => {
    const { status, body } = await by.post('/webhooks/endpoints', { url: `${receiver.url}${path}`, ...more });
    expect([status, body.isSending]).toEqual([201, true]);
    return body as { id: string; secret: string };
  };
  const to = (quantity: number) => admin.patch('/subscription/quantity', { quantity });
  const isSignedBy = (secret: string, { headers, text }: Received) => {
    try {
      verified(secret, headers, text);
      return true;
    } catch {
      return false;
    }
  };
  const deliveriesTo = async (by: Api, id: string) =>
    (await by.get(`/webhooks/deliveries?endpointId=${id}`)).body.items;
  const settled = async (by: Api, id: string, status: string) => {
    for (let tries = 0; tries < 200; tries += 1) {
      const { body } = await by.get(`/webhooks/deliveries/${id}`);
      if (body.status === status) return body;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error(`${id} did not become ${status}`);
  };

  const untilTried = async (id: string) => {
    for (let tries = 0; tries < 200; tries += 1) {
      if ((await admin.get(`/webhooks/deliveries/${id}`)).body.attemptCount > 0) return;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  };

  beforeAll(async () => {
    const { verified: documented } = await documentedModule('docs/guides/receiving-webhooks.md');
    verified = documented as Verify;
    place = await testPlace();
    receiver = await WebhookReceiver.start();
    server = await ServerProcess.start({
      dataDir: place.path,
      env: {
        ...place.env,
        LANDLORD_CLOCK: 'test',
        LANDLORD_CLOCK_START: START,
        LANDLORD_WEBHOOKS_ALLOW: '127.0.0.1/32',
      },
    });
    operator = new Api(server.url, await server.token('--role', 'system_admin'));
    for (const companySlug of ['acme', 'other'])
      await operator.post('/tenants/provision', {
        companySlug,
        companyName: companySlug,
        planCode: 'starter',
      });
    admin = new Api(server.url, await server.token('--tenant', 'acme', '--role', 'admin'));
    stranger = new Api(server.url, await server.token('--tenant', 'other', '--role', 'admin'));
    await admin.post('/subscription/activate', {});
  });
  afterAll(async () => {
    await server?.stop();
    await receiver?.stop();
    await place?.remove();
  });

  it('tell of a change of plan within seconds, signed, to the tenant and to the vendor', async () => {
    const own = await endpoint(admin, '/own', { events: ['subscription.plan_changed'] });
    const vendor = await endpoint(operator, '/vendor', { events: ['subscription.*'] });
    const foreign = await endpoint(stranger, '/foreign');
    expect((await admin.patch('/subscription/plan', { planCode: 'professional' })).status).toBe(200);
    const changedAt = Date.now();
    const [first] = await receiver.until(1, on('/own'));
    const [second] = await receiver.until(1, on('/vendor'));
    expect(Date.now() - changedAt).toBeLessThan(5_000);
    if (!first || !second) throw new Error('both came');
    expect(first.body).toMatchObject({
      type: 'subscription.plan_changed',
      timestamp: START,
      data: {
        tenantCode: 'acme',
        subscriptionCode: 'SUB-001',
        data: { after: { planCode: 'professional' } },
      },
    });
    expect(first.headers).toMatchObject({ 'user-agent': 'Landlord', 'content-type': 'application/json' });
    expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
    expect([own, vendor, foreign].map(({ secret }) => isSignedBy(secret, first))).toEqual([
      true,
      false,
      false,
    ]);
    expect(isSignedBy(vendor.secret, second)).toBe(true);
    expect(receiver.received.filter(on('/foreign'))).toEqual([]);
    const [delivery] = await deliveriesTo(admin, own.id);
    expect(await settled(admin, delivery.id, 'delivered')).toMatchObject({
      eventName: 'subscription.plan_changed',
      attempts: [{ status: 200, error: null, response: 'thanks' }],
    });
    expect((await deliveriesTo(operator, vendor.id))[0]).toMatchObject({ tenantCode: 'acme' });
    for (const { id } of [own, vendor]) await admin.call('DELETE', `/webhooks/endpoints/${id}`);
    expect((await admin.get(`/webhooks/endpoints/${own.id}`)).status).toBe(404);
    expect((await operator.get(`/webhooks/endpoints/${vendor.id}`)).status).toBe(200);
  });

  it('belong to their tenant: to others neither endpoint nor delivery is there', async () => {
    const { id } = await endpoint(admin, '/hidden');
    const { body: delivery } = await admin.post(`/webhooks/endpoints/${id}/test`, undefined);
    for (const [method, path, body] of [
      ['GET', `/webhooks/endpoints/${id}`],
      ['PATCH', `/webhooks/endpoints/${id}`, { isActive: false }],
      ['DELETE', `/webhooks/endpoints/${id}`],
      ['POST', `/webhooks/endpoints/${id}/rotate-secret`],
      ['POST', `/webhooks/endpoints/${id}/test`],
      ['POST', `/webhooks/endpoints/${id}/replay`, { since: START }],
      ['GET', `/webhooks/deliveries/${delivery.id}`],
      ['POST', `/webhooks/deliveries/${delivery.id}/replay`],
    ] as const)
      for (const by of [stranger, operator])
        expect([path, (await by.call(method, path, { body })).status]).toEqual([path, 404]);
    expect(await deliveriesTo(stranger, id)).toEqual([]);
    expect((await admin.call('DELETE', `/webhooks/endpoints/${id}`)).status).toBe(200);
  });

  it('are tried again along the clock until the receiver is well, with the same id', async () => {
    const { id, secret } = await endpoint(admin, '/sick', { events: ['subscription.quantity_changed'] });
    receiver.answerWith({ status: 503, body: 'not now' });
    await to(2);
    await receiver.until(1, on('/sick'));
    const [{ id: deliveryId }] = await deliveriesTo(admin, id);
    let { body: delivery } = await admin.get(`/webhooks/deliveries/${deliveryId}`);
    for (const attempts of [2, 3, 4]) {
      await receiver.until(attempts - 1, on('/sick'));
      while (delivery.attemptCount < attempts - 1)
        delivery = (await admin.get(`/webhooks/deliveries/${deliveryId}`)).body;
      await clock(after(delivery.nextAttemptAt, -1));
      expect(receiver.received.filter(on('/sick'))).toHaveLength(attempts - 1);
      await clock(delivery.nextAttemptAt);
      expect(receiver.received.filter(on('/sick'))).toHaveLength(attempts);
      delivery = (await admin.get(`/webhooks/deliveries/${deliveryId}`)).body;
      expect(delivery).toMatchObject({
        status: 'pending',
        attemptCount: attempts,
        lastError: 'the answer was 503',
      });
    }
    receiver.answerWith({ status: 204 });
    await clock(delivery.nextAttemptAt);
    const { body } = await admin.get(`/webhooks/deliveries/${deliveryId}`);
    expect(body).toMatchObject({ status: 'delivered', attemptCount: 5, nextAttemptAt: null });
    const requests = receiver.received.filter(on('/sick'));
    expect(new Set(requests.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(requests.map(({ text }) => text)).size).toBe(1);
    expect(requests.every((request) => isSignedBy(secret, request))).toBe(true);
    expect((await admin.get(`/webhooks/endpoints/${id}`)).body.failingSince).toBeNull();
  });

  it('carry both signatures for the grace of a rotation, then the new one alone', async () => {
    const { id, secret } = await endpoint(admin, '/rotated', { events: ['webhook.test'] });
    const test = async (count: number) => {
      await admin.post(`/webhooks/endpoints/${id}/test`, undefined);
      const request = (await receiver.until(count, on('/rotated'))).at(-1);
      if (!request) throw new Error('it came');
      return request;
    };
    const rotated = await admin.post(`/webhooks/endpoints/${id}/rotate-secret`, { graceSeconds: 60 });
    expect(rotated.status).toBe(201);
    const during = await test(1);
    expect([secret, rotated.body.secret].map((each) => isSignedBy(each, during))).toEqual([true, true]);
    await clock(after((await operator.get('/clock')).body.now, 60_000));
    const then = await test(2);
    expect([secret, rotated.body.secret].map((each) => isSignedBy(each, then))).toEqual([false, true]);
    for (const path of ['', `/${id}`]) {
      const { body } = await admin.get(`/webhooks/endpoints${path}`);
      expect(JSON.stringify(body)).not.toContain('whsec_');
    }
    const audit = JSON.stringify((await operator.get('/audit?type=WEBHOOKSECRET')).body);
    expect(audit).toContain('[redacted]');
    expect(audit).not.toMatch(/v1\.[0-9a-f]{8}\./);
  });

  it('are replayed, one or all that failed', async () => {
    const { id } = await endpoint(admin, '/gone', { events: ['subscription.quantity_changed'] });
    const { body: clockBefore } = await operator.get('/clock');
    receiver.answerWith({ status: 400, body: 'no' });
    await to(3);
    await to(4);
    await receiver.until(2, on('/gone'));
    for (const { id: tried } of await deliveriesTo(admin, id)) await untilTried(tried);
    const all = await deliveriesTo(admin, id);
    expect(all).toHaveLength(2);
    expect((await admin.post(`/webhooks/deliveries/${all[0].id}/replay`, undefined)).body.code).toBe(
      'invalid_transition',
    );
    await clock(after(clockBefore.now, 4 * 86_400_000));
    for (const delivery of all)
      expect(await settled(admin, delivery.id, 'failed')).toMatchObject({ attemptCount: 10 });
    expect(receiver.received.filter(on('/gone'))).toHaveLength(20);
    receiver.answerWith({ status: 200 });
    const replayed = await admin.post(`/webhooks/deliveries/${all[0].id}/replay`, undefined);
    expect([replayed.status, replayed.body.status]).toEqual([202, 'pending']);
    expect((await settled(admin, all[0].id, 'delivered')).eventId).toBe(all[0].eventId);
    const since = { since: clockBefore.now };
    expect((await admin.post(`/webhooks/endpoints/${id}/replay`, since)).status).toBe(202);
    await settled(admin, all[1].id, 'delivered');
    expect(receiver.received.filter(on('/gone')).at(-1)?.headers['webhook-id']).toBe(all[1].eventId);
    expect((await admin.get(`/webhooks/endpoints/${id}`)).body.replaySince).toBeNull();
    await admin.call('DELETE', `/webhooks/endpoints/${id}`);
  });

  it('end for a receiver that is gone, and the vendor hears of it', async () => {
    const vendor = await endpoint(operator, '/watch', { events: ['webhook.endpoint_disabled'] });
    const { id } = await endpoint(admin, '/410', { events: ['subscription.quantity_changed'] });
    receiver.answerWith(({ path }) => ({ status: path === '/410' ? 410 : 200 }));
    await to(5);
    const [heard] = await receiver.until(1, on('/watch'));
    expect(heard?.body).toMatchObject({
      type: 'webhook.endpoint_disabled',
      data: { tenantCode: 'acme', endpointId: id, reason: 'it answered that it is gone for good (410)' },
    });
    expect(heard && isSignedBy(vendor.secret, heard)).toBe(true);
    expect((await admin.get(`/webhooks/endpoints/${id}`)).body).toMatchObject({
      isActive: true,
      isSending: false,
    });
    expect((await admin.post(`/webhooks/endpoints/${id}/test`, undefined)).body.code).toBe(
      'invalid_transition',
    );
    const enabled = await admin.patch(`/webhooks/endpoints/${id}`, { isActive: true });
    expect(enabled.body).toMatchObject({ isSending: true, disabledAt: null });
    await admin.call('DELETE', `/webhooks/endpoints/${id}`);
  });

  it('are disabled when nothing was delivered for days', async () => {
    const { id } = await endpoint(admin, '/dead', { events: ['subscription.quantity_changed'] });
    receiver.answerWith({ status: 500 });
    const { body } = await operator.get('/clock');
    for (let day = 0; day <= 6; day += 1) {
      await clock(after(body.now, day * 86_400_000));
      await to(10 + day);
      await receiver.until(day + 1, on('/dead'));
    }
    const { body: dead } = await admin.get(`/webhooks/endpoints/${id}`);
    expect(dead).toMatchObject({ isSending: false, isActive: true });
    expect(dead.disabledReason).toMatch(/^nothing was delivered since .*, for 5 days$/);
    await admin.call('DELETE', `/webhooks/endpoints/${id}`);
  });

  it('are refused where they could harm, and beyond ten', async () => {
    const refused = async (body: object) => {
      const answer = await admin.post('/webhooks/endpoints', body);
      return [answer.status, answer.body.errors?.[0]?.path];
    };
    for (const url of [
      'http://10.0.0.1/',
      'https://127.0.0.2/',
      'http://example.com:6379/',
      'https://[::1]/',
      'x',
    ])
      expect(await refused({ url })).toEqual([400, 'url']);
    expect(await refused({ url: 'https://example.com/', events: ['*', 'nothing.*'] })).toEqual([
      400,
      'events.1',
    ]);
    const count = (await admin.get('/webhooks/endpoints')).body.items.length;
    const url = `${receiver.url}/many`;
    const made = await Promise.all(
      Array.from({ length: 12 }, () => admin.post('/webhooks/endpoints', { url })),
    );
    expect(made.filter(({ status }) => status === 201)).toHaveLength(10 - count);
    const tooMany = made.find(({ status }) => status !== 201);
    expect(tooMany?.body).toMatchObject({ code: 'out_of_bounds', limit: 10 });
    const pages = [await admin.get('/webhooks/endpoints?limit=7')];
    pages.push(await admin.get(`/webhooks/endpoints?limit=7&cursor=${pages[0]?.body.nextCursor}`));
    expect(pages.map(({ body }) => body.items.length)).toEqual([7, 3]);
    for (const { id } of pages.flatMap(({ body }) => body.items))
      await admin.call('DELETE', `/webhooks/endpoints/${id}`);
    expect((await admin.get('/webhooks/endpoints')).body.items).toEqual([]);
  });

  it('show a secret once, also to who repeats the request, and keep what a change does not name', async () => {
    const headers = { 'idempotency-key': 'hook-1' };
    const body = { url: `${receiver.url}/once`, description: 'Ours', events: ['subscription.*'] };
    const [first, again] = [
      await admin.post('/webhooks/endpoints', body, { headers }),
      await admin.post('/webhooks/endpoints', body, { headers }),
    ];
    expect(first.body.secret).toMatch(/^whsec_/);
    expect(again.body).toEqual({ ...first.body, secret: null });
    const path = `/webhooks/endpoints/${first.body.id}`;
    const stale = await admin.patch(path, { isActive: false }, { headers: { 'if-match': '"7"' } });
    expect([stale.status, stale.body.code]).toEqual([409, 'version_conflict']);
    const etag = first.headers.get('etag') ?? '';
    const { body: patched } = await admin.patch(path, { isActive: false }, { headers: { 'if-match': etag } });
    expect(patched).toMatchObject({ ...body, isActive: false, isSending: false, version: 2 });
    expect((await admin.patch(path, { url: 'https://10.0.0.1/' })).status).toBe(400);
    expect((await admin.patch(path, { secret: 'x' })).status).toBe(400);
    const member = new Api(server.url, await server.token('--tenant', 'acme', '--role', 'member'));
    expect((await member.get('/webhooks/endpoints')).status).toBe(403);
  });

  it('are described in the OpenAPI document, and leave no secret in the log', async () => {
    const { body } = await admin.get('/openapi.json');
    expect(Object.keys(body.webhooks)).toEqual(
      expect.arrayContaining(['webhook.test', 'subscription.renewed']),
    );
    expect(server.logs).not.toMatch(/whsec_/);
  });
});
