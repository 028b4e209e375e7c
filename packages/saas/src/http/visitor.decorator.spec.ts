import { type ExecutionContext, RequestMethod } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Operation } from './operation.decorator.js';
import { defineOperation } from './operation.js';
import { visitorOf } from './visitor.decorator.js';

const knock = defineOperation({
  method: 'POST',
  path: '/knock',
  summary: 'Knock',
  tag: 'Doors',
  roles: 'public',
  tenant: 'none',
  response: { status: 200, schema: z.object({}), description: 'Done.' },
});

class DoorController {
  @Operation(knock)
  knock() {
    return RequestMethod.POST;
  }

  ring() {
    return RequestMethod.POST;
  }
}

function contextOf(
  request: object,
  handler: () => unknown = DoorController.prototype.knock,
  reply: object = {},
) {
  return {
    getClass: () => DoorController,
    getHandler: () => handler,
    switchToHttp: () => ({ getRequest: () => request, getResponse: () => reply }),
  } as unknown as ExecutionContext;
}

describe('a visitor', () => {
  it('is known by request, address and operation', () => {
    const request = { id: 'r-1', ip: '192.0.2.1', headers: { 'idempotency-key': 'k' } };
    expect(visitorOf(undefined, contextOf(request))).toEqual({
      requestId: 'r-1',
      source: 'POST /knock',
      ip: '192.0.2.1',
      idempotencyKey: 'k',
      noteReplay: expect.any(Function),
    });
  });

  it('is told of an answer that was kept', () => {
    const headers: string[][] = [];
    const reply = { header: (...header: string[]) => headers.push(header) };
    const { noteReplay } = visitorOf(undefined, contextOf({ headers: {} }, undefined, reply));
    expect(headers).toEqual([]);
    noteReplay();
    expect(headers).toEqual([['idempotency-replayed', 'true']]);
  });

  it('needs neither address nor key', () => {
    expect(visitorOf(undefined, contextOf({ id: 'r-1', headers: {} }))).toMatchObject({
      ip: null,
      idempotencyKey: null,
    });
  });

  it.each([[''], ['a b'], ['é'], ['x'.repeat(256)], [['a', 'b']]])('has no key %j', (key) => {
    const request = { id: 'r-1', headers: { 'idempotency-key': key } };
    expect(() => visitorOf(undefined, contextOf(request))).toThrow(
      expect.objectContaining({ errors: [expect.objectContaining({ path: 'headers.idempotency-key' })] }),
    );
  });

  it('comes by an operation only', () => {
    const context = contextOf({ headers: {} }, DoorController.prototype.ring);
    expect(() => visitorOf(undefined, context)).toThrow('DoorController.ring has no @Operation');
  });
});
