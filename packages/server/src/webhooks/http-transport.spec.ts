import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebhookReceiver } from '../testing/webhook-receiver.js';
import { AddressPolicy, parseNetwork } from './addresses.js';
import { retryAfterMs } from './answer.js';
import { HttpTransport } from './http-transport.js';

const network = parseNetwork('127.0.0.1');
const policy = new AddressPolicy(network ? [network] : []);
const transportOf = (timeoutMs = 5_000) =>
  new HttpTransport({ policy, timeoutMs, resolve: async () => ['127.0.0.1'] });

describe('a request', () => {
  let receiver: WebhookReceiver;
  const send = (transport = transportOf()) =>
    transport.send({
      url: `${receiver.url}/hook?a=1`,
      headers: { 'webhook-id': 'evt_1' },
      body: '{"name":"Zoë"}',
    });

  beforeAll(async () => {
    receiver = await WebhookReceiver.start();
  });
  beforeEach(() => {
    receiver.received.length = 0;
  });
  afterAll(() => receiver.stop());

  it('carries the bytes and the headers as they are', async () => {
    receiver.answerWith({ status: 200, body: 'thanks' });
    expect(await send()).toMatchObject({
      outcome: 'delivered',
      status: 200,
      error: null,
      response: 'thanks',
    });
    expect(receiver.received).toMatchObject([
      {
        path: '/hook?a=1',
        text: '{"name":"Zoë"}',
        headers: { 'webhook-id': 'evt_1', 'content-length': '15' },
      },
    ]);
  });

  it.each([
    [200, 'delivered', null],
    [204, 'delivered', null],
    [299, 'delivered', null],
    [304, 'failed', 'the answer was 304: redirects are not followed'],
    [400, 'failed', 'the answer was 400'],
    [410, 'gone', 'the answer was 410: gone for good'],
    [500, 'failed', 'the answer was 500'],
  ])('answered with %i is %s', async (status, outcome, error) => {
    receiver.answerWith({ status });
    expect(await send()).toMatchObject({ outcome, status, error });
  });

  it('waits no longer than it should', async () => {
    receiver.answerWith({ status: 200, isSilent: true });
    const answer = await send(transportOf(300));
    expect(answer).toMatchObject({
      outcome: 'failed',
      status: null,
      error: 'there was no answer within 0.3 s',
    });
    expect(answer.durationMs).toBeGreaterThanOrEqual(290);
    expect(answer.durationMs).toBeLessThan(3_000);
  });

  it('says when the connection was cut, or refused', async () => {
    receiver.answerWith({ status: 200, isCut: true });
    expect((await send()).error).toBe('the connection was cut off');
    const gone = await WebhookReceiver.start();
    await gone.stop();
    const { url } = gone;
    const answer = await transportOf()
      .send({ url, headers: {}, body: '' })
      .catch(() => null);
    expect(answer?.error).toBe('the connection was refused');
  });

  it('reads no more of an answer than its beginning, and keeps what can be stored', async () => {
    receiver.answerWith({ status: 500, body: `\u0000\u0007${'ä'.repeat(1_000_000)}` });
    const { response } = await send();
    expect(response).toMatch(/^ {2}ä{498}$/);
  });

  it('is cut off when the server stops, and then says nothing of the receiver', async () => {
    receiver.answerWith({ status: 200, isSilent: true });
    const transport = transportOf();
    const sending = send(transport);
    await receiver.until(1);
    transport.stop();
    await expect(sending).rejects.toThrow('the server stops');
  });
});

it.each([
  [undefined, null],
  ['120', 120_000],
  [' 5 ', 5_000],
  ['Mon, 01 Jan 2024 00:01:00 GMT', 60_000],
  ['Sun, 31 Dec 2023 00:00:00 GMT', 0],
  ['soon', null],
  ['-5', null],
])('Retry-After %j is %s ms', (header, expected) => {
  expect(retryAfterMs(header, Date.parse('2024-01-01T00:00:00Z'))).toBe(expected);
});
