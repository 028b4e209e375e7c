import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { usageApi } from './usage-api.js';

const MEBIBYTE = 1024 * 1024;
const batch = {
  tenant: 'acme',
  entries: [
    { lineNumber: 1, event: { id: 'e-1', metric: 'apiCalls', timestamp: '2024-01-01T00:00:00.000Z' } },
  ],
};
const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

describe('usageApi', () => {
  it.each([301, 302, 303, 307, 308])('does not follow a %i, with the token or without', async (status) => {
    const followed: string[] = [];
    const target = await listening((request, response) => {
      followed.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      response.end('{"accepted":1,"duplicates":0}');
    });
    for (const location of [`${target}/usage/events`, '/elsewhere']) {
      const url = await listening((request, response) => {
        if (request.url === '/elsewhere') followed.push(`${request.method} ${request.headers.authorization}`);
        response.writeHead(status, { location }).end();
      });
      expect(await send(url)).toEqual({ kind: 'hopeless', reason: expect.stringContaining(String(status)) });
    }
    expect(followed).toEqual([]);
  });

  it.each([
    ['of a mebibyte', MEBIBYTE, 'taken'],
    ['of a byte more', MEBIBYTE + 1, 'hopeless'],
  ])('reads an answer %s', async (_, size, kind) => {
    const url = await listening((_request, response) => {
      response.end('{"accepted":1,"duplicates":0}'.padEnd(size));
    });
    expect((await send(url)).kind).toBe(kind);
  });

  it('leaves an answer that does not end', async () => {
    let closed: Promise<unknown> | undefined;
    const url = await listening((_request, response) => {
      closed = once(response, 'close');
      const chunk = 'x'.repeat(64 * 1024);
      const pour = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', pour);
      pour();
    });
    expect((await send(url)).kind).toBe('hopeless');
    await closed;
  });
});

function send(url: string) {
  return usageApi({ url, token: 'secret', namesTenant: true, requestTimeoutMs: 4_000 })(batch);
}

async function listening(listener: RequestListener): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    listener(request, response);
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
