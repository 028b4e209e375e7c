import { Readable } from 'node:stream';
import { defineOperation, Input, Operation, type OperationInput } from '@landlord/saas';
import { Controller, Module } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { TestServer } from '../testing/test-server.js';

const NDJSON = 'application/x-ndjson';
const common = { summary: 'A stream', tag: 'Streams', roles: 'public', tenant: 'none' } as const;
const lines = {
  status: 200,
  schema: z.object({ n: z.int() }),
  mediaType: NDJSON,
  description: 'Lines.',
} as const;

const readWhole = defineOperation({ ...common, method: 'GET', path: '/whole', response: lines });
const readBroken = defineOperation({ ...common, method: 'GET', path: '/broken', response: lines });
const countBytes = defineOperation({
  ...common,
  method: 'POST',
  path: '/count',
  bodyStream: NDJSON,
  response: { status: 200, schema: z.object({ bytes: z.int() }), description: 'How many bytes came.' },
});

async function* numbers(count: number, failAt = Number.POSITIVE_INFINITY): AsyncGenerator<string> {
  for (let n = 0; n < count; n += 1) {
    if (n === failAt) throw new Error('half way');
    yield `${JSON.stringify({ n })}\n`;
  }
}

@Controller()
class StreamController {
  @Operation(readWhole)
  whole() {
    return Readable.from(numbers(1_000));
  }

  @Operation(readBroken)
  broken() {
    return Readable.from(numbers(100_000, 50_000));
  }

  @Operation(countBytes)
  async count(@Input() { stream }: OperationInput<typeof countBytes>) {
    let bytes = 0;
    for await (const chunk of stream) bytes += chunk.length;
    return { bytes };
  }
}

@Module({ controllers: [StreamController] })
class StreamModule {}

describe('streams', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await TestServer.start({}, { modules: [StreamModule], seeders: [] });
  });
  afterAll(() => server?.stop());

  const fetched = (path: string, init: RequestInit = {}) => fetch(`${server.server.url}${path}`, init);

  it('are sent as they come, with their media type', async () => {
    const response = await fetched('/whole');
    expect(response.headers.get('content-type')).toBe(NDJSON);
    expect((await response.text()).trimEnd().split('\n')).toHaveLength(1_000);
  });

  it('break off visibly when something fails half way', async () => {
    const response = await fetched('/broken');
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
    expect((await fetched('/whole')).status).toBe(200);
  });

  it('are taken as they come', async () => {
    const body = 'x'.repeat(20 * 1024 * 1024);
    const response = await fetched('/count', { method: 'POST', body, headers: { 'content-type': NDJSON } });
    expect(await response.json()).toEqual({ bytes: body.length });
  });

  it('are taken in no other form', async () => {
    const asJson = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } };
    expect((await fetched('/count', asJson)).status).toBe(415);
    expect((await fetched('/count', { method: 'POST' })).status).toBe(415);
    const compressed = { 'content-type': NDJSON, 'content-encoding': 'gzip' };
    expect((await fetched('/count', { method: 'POST', body: 'x', headers: compressed })).status).toBe(415);
  });

  it('are documented', async () => {
    const document = (await (await fetched('/openapi.json')).json()) as {
      paths: Record<string, Record<string, { requestBody?: object; responses: Record<string, object> }>>;
    };
    expect(document.paths['/whole']?.get?.responses['200']).toMatchObject({ content: { [NDJSON]: {} } });
    expect(document.paths['/count']?.post?.requestBody).toMatchObject({ content: { [NDJSON]: {} } });
  });
});
