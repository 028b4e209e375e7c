import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebhookReceiver } from '../testing/webhook-receiver.js';
import { AddressPolicy, parseNetwork } from './addresses.js';
import { HttpTransport } from './http-transport.js';
import { type ResolveHost } from './resolve-host.js';

/** `PORT` is that of a listener on every address of this machine. */
const LITERALS = [
  // Decimal, octal, hexadecimal and short forms of 127.0.0.1 and others.
  ...[
    '127.0.0.1',
    '127.1',
    '127.0.1',
    '2130706433',
    '0x7f000001',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '017700000001',
  ],
  ...[
    '0x7f.1',
    '127.0.0.1.',
    '127.000.000.001',
    '0',
    '0.0.0.0',
    '0x0',
    '127.255.255.254',
    '10.0.0.1',
    '0xa000001',
  ],
  ...[
    '172.16.0.1',
    '192.168.0.1',
    '0300.0250.0.1',
    '3232235521',
    '169.254.169.254',
    '0xa9fea9fe',
    '2852039166',
  ],
  ...['0251.0376.0251.0376', '100.64.0.1', '100.100.100.200', '168.63.129.16', '192.0.0.192', '198.18.0.1'],
  ...['224.0.0.1', '240.0.0.1', '255.255.255.255'],
  // IDNA: other dots and digits that mean the same.
  ...['127。0。0。1', '127．0．0．1', '127｡0｡0｡1', '１２７.0.0.1', '①②⑦.0.0.1', '127%2e0%2e0%2e1'],
  // IPv6: loopback, unspecified, mapped, compatible, translated, tunnelled, local.
  ...[
    '[::1]',
    '[::]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::127.0.0.1]',
    '[::7f00:1]',
  ],
  ...[
    '[::ffff:0:127.0.0.1]',
    '[64:ff9b::127.0.0.1]',
    '[64:ff9b:1::7f00:1]',
    '[2002:7f00:1::]',
    '[2001:0:7f00:1::]',
  ],
  ...['[fe80::1]', '[fec0::1]', '[fc00::1]', '[fd00:ec2::254]', '[ff02::1]', '[2001:db8::1]', '[100::1]'],
  ...['[::ffff:169.254.169.254]', '[::ffff:a9fe:a9fe]', '[::ffff:10.0.0.1]'],
  // Names of this machine.
  ...['localhost', 'LOCALHOST', 'localhost.', 'foo.localhost', 'ｌocalhost'],
].map((host) => `https://${host}:PORT/hook`);

const MALFORMED = [
  ...['https://[fe80::1%25eth0]:PORT/', 'https://[::1%25lo]:PORT/', 'https://user:pass@127.0.0.1:PORT/'],
  ...[
    'https://user@example.com:PORT/',
    'https://example.com@127.0.0.1:PORT/',
    'https://example.com\\@127.0.0.1:PORT/',
  ],
  ...[
    'https://127.0.0.1:PORT\t/',
    ' https://127.0.0.1:PORT/',
    '//127.0.0.1:PORT/',
    'https:/\\127.0.0.1:PORT/',
  ],
  ...[
    'ftp://127.0.0.1:PORT/',
    'file:///etc/passwd',
    'gopher://127.0.0.1:PORT/',
    'javascript:1',
    'data:,x',
    '',
  ],
  ...[
    'http://127.0.0.1:PORT/',
    'http://example.com:PORT/',
    'https://256.0.0.1:PORT/',
    'https://1.2.3.4.5:PORT/',
  ],
  ...[
    'https://example.com:22/',
    'https://example.com:5432/',
    'https://example.com:6379/',
    'https://example.com:0/',
  ],
];

const RESOLVED: Readonly<Record<string, readonly string[]>> = {
  'loopback.example': ['127.0.0.1'],
  'six.example': ['::1'],
  'mapped.example': ['::ffff:127.0.0.1'],
  'private.example': ['10.0.0.1'],
  'metadata.example': ['169.254.169.254'],
  'several.example': ['93.184.216.34', '127.0.0.1'],
  'last.example': ['93.184.216.34', '2606:4700:4700::1111', 'fd00::1'],
  'zone.example': ['fe80::1%lo'],
  'nonsense.example': ['127.1'],
  'nothing.example': [],
};

describe('requests to where they could harm', () => {
  let listener: Server;
  let connections = 0;
  let port = 0;
  const resolve: ResolveHost = async (hostname) => {
    const found = RESOLVED[hostname];
    if (found) return found;
    throw Object.assign(new Error(hostname), { code: 'ENOTFOUND' });
  };
  const transport = new HttpTransport({ policy: new AddressPolicy([]), resolve, timeoutMs: 3_000 });
  const send = (url: string, by = transport) => by.send({ url, headers: {}, body: '{}' });

  beforeAll(async () => {
    listener = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    // All addresses of both families where there are both.
    await new Promise<void>((resolve) => {
      listener.once('error', () => listener.listen(0, '0.0.0.0', resolve));
      listener.listen(0, '::', resolve);
    });
    const address = listener.address();
    port = typeof address === 'object' && address ? address.port : 0;
  });
  beforeEach(() => {
    connections = 0;
  });
  afterAll(() => void listener.close());

  it.each([...LITERALS, ...MALFORMED])('%j is refused where it is given, and not asked', async (url) => {
    const target = url.replace('PORT', String(port));
    expect(transport.urlFlaw(target)).not.toBeNull();
    const answer = await send(target);
    expect(answer).toMatchObject({ outcome: 'failed', status: null });
    expect(answer.error).toMatch(/^the URL /);
    expect(connections).toBe(0);
  });

  it.each(Object.keys(RESOLVED))('%s is a name like any other, and not asked', async (host) => {
    const url = `https://${host}:${port}/`;
    expect(transport.urlFlaw(url)).toBeNull();
    const answer = await send(url);
    const reason =
      RESOLVED[host]?.length === 0 ? 'the request failed' : 'the host leads to an address that is not public';
    expect([answer.status, answer.error]).toEqual([null, reason]);
    expect(connections).toBe(0);
  });

  it('have a corpus of more than a hundred forms, each once', () => {
    const all = [...LITERALS, ...MALFORMED, ...Object.keys(RESOLVED)];
    expect(new Set(all).size).toBe(all.length);
    expect(all.length).toBeGreaterThan(90);
  });

  it('are asked where the configuration allows the very address, so that the listener can be reached', async () => {
    const network = parseNetwork('127.0.0.1');
    const policy = new AddressPolicy(network ? [network] : []);
    const allowing = new HttpTransport({ policy, resolve, timeoutMs: 3_000 });
    for (const url of [
      `http://127.0.0.1:${port}/`,
      `http://loopback.example:${port}/`,
      `https://127.1:${port}/`,
    ])
      await send(url, allowing);
    expect(connections).toBe(3);
    for (const url of [
      `http://127.0.0.2:${port}/`,
      `http://several.example:${port}/`,
      `https://[::1]:${port}/`,
    ])
      await send(url, allowing);
    expect(connections).toBe(3);
  });
});

describe('a receiver that is allowed', () => {
  const network = parseNetwork('127.0.0.1');
  const policy = new AddressPolicy(network ? [network] : []);
  let first: WebhookReceiver;
  let second: WebhookReceiver;

  beforeAll(async () => {
    first = await WebhookReceiver.start();
    second = await WebhookReceiver.start();
  });
  afterAll(async () => {
    await first.stop();
    await second.stop();
  });

  it('cannot lead on by a redirect', async () => {
    const transport = new HttpTransport({ policy, resolve: async () => ['127.0.0.1'] });
    for (const status of [301, 302, 303, 307, 308]) {
      first.answerWith({ status, headers: { location: `${second.url}/secret` } });
      const answer = await transport.send({ url: first.url, headers: {}, body: '{}' });
      expect(answer).toMatchObject({ outcome: 'failed', status });
      expect(answer.error).toBe(`the answer was ${status}: redirects are not followed`);
    }
    expect([first.connections, second.connections]).toEqual([5, 0]);
  });

  it('cannot move its name after it was checked: each request asks once, and connects to what it was told', async () => {
    const told = [['127.0.0.1'], ['10.0.0.1'], ['127.0.0.1', '10.0.0.1'], ['127.0.0.1']];
    let asked = 0;
    const resolve: ResolveHost = async () => told[asked++] ?? [];
    const transport = new HttpTransport({ policy, resolve });
    first.answerWith({ status: 200 });
    const before = first.connections;
    const outcomes: string[] = [];
    for (const _each of told) {
      const url = `http://rebinding.example:${first.port}/`;
      outcomes.push((await transport.send({ url, headers: {}, body: '{}' })).outcome);
    }
    expect(outcomes).toEqual(['delivered', 'failed', 'failed', 'delivered']);
    expect([asked, first.connections - before]).toEqual([4, 2]);
  });

  it('is asked without the proxy of the environment', async () => {
    const kept = { ...process.env };
    Object.assign(process.env, { HTTP_PROXY: second.url, http_proxy: second.url, NODE_USE_ENV_PROXY: '1' });
    try {
      const transport = new HttpTransport({ policy, resolve: async () => ['127.0.0.1'] });
      expect((await transport.send({ url: first.url, headers: {}, body: '{}' })).outcome).toBe('delivered');
      expect(second.connections).toBe(0);
    } finally {
      process.env = kept;
    }
  });
});
