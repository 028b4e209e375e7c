import { invalidInput } from '@landlord/kernel';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { operationOf } from './handled-operations.js';
import { operationName } from './operation.js';

/** Where a request of a public operation comes from: there is no caller, but who changes something is on record. */
export interface Visitor {
  readonly requestId: string;
  readonly source: string;
  readonly ip: string | null;
  readonly idempotencyKey: string | null;
  /** To be called when the answer is the one that was kept under the key. */
  readonly noteReplay: () => void;
}

interface PublicRequest {
  readonly id?: string;
  readonly ip?: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

interface PublicReply {
  header(name: string, value: string): unknown;
}

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

/** The request's `Visitor`, for public operations that change something. Throws `validation_failed`. */
export const FromVisitor = createParamDecorator(visitorOf);

export function visitorOf(_data: unknown, context: ExecutionContext): Visitor {
  const operation = operationOf(context.getHandler());
  if (!operation)
    throw new Error(`${context.getClass().name}.${context.getHandler().name} has no @Operation`);
  const http = context.switchToHttp();
  const { id, ip, headers } = http.getRequest<PublicRequest>();
  return {
    requestId: id ?? 'unknown',
    source: operationName(operation),
    ip: ip ?? null,
    idempotencyKey: idempotencyKey(headers['idempotency-key']),
    noteReplay: () => void http.getResponse<PublicReply>().header('idempotency-replayed', 'true'),
  };
}

function idempotencyKey(header: string | readonly string[] | undefined): string | null {
  if (header === undefined) return null;
  if (typeof header === 'string' && IDEMPOTENCY_KEY.test(header)) return header;
  throw invalidInput('headers.idempotency-key', 'must be 1 to 255 visible ASCII characters, without spaces');
}
