import { type ErrorCode, type Role } from '@landlord/kernel';
import { z } from 'zod';

export type OperationMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/**
 * `required`: the caller acts for a tenant (operators name it by `X-Tenant-Code`); `optional`: an operator may
 * act for one; `none`: the header has no meaning here, and an operator acts for the system.
 */
export type TenantNeed = 'required' | 'optional' | 'none';

export interface OperationResponse {
  readonly status: 200 | 201 | 202;
  readonly schema: z.ZodType;
  readonly description: string;
  /** The handler gives a Node.js stream of this type, sent as it comes; `schema` then says what a line is. */
  readonly mediaType?: StreamMediaType;
}

/** A stream of lines, each of them JSON. */
export type StreamMediaType = 'application/x-ndjson';

/** One route, said once: routing, authorisation, validation and the OpenAPI document all follow from it. */
export interface OperationDeclaration {
  readonly method: OperationMethod;
  /** With a leading slash; parameters as `:name`. */
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  /** Heading in the documentation. */
  readonly tag: string;
  readonly roles: readonly Role[] | 'public';
  readonly tenant: TenantNeed;
  /** One text field for each `:name` of the path. */
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  /** Use `z.strictObject`, so that a misspelt field is refused. */
  readonly body?: z.ZodType;
  /** The body may also come as CloudEvents 1.0, in each mode of its HTTP binding; `body` takes them structured. */
  readonly cloudEvents?: { readonly event: z.ZodType; readonly batch: z.ZodType; readonly data: z.ZodType };
  /** The body is handed to the handler as it comes. Such an operation takes no `Idempotency-Key`: nobody has read the body before. */
  readonly bodyStream?: StreamMediaType;
  readonly response: OperationResponse;
  /** Beyond those that follow from the rest of the declaration. */
  readonly problems?: readonly ErrorCode[];
  /** The answer has a `version`, told as `ETag` too; changes take `If-Match`. */
  readonly etag?: true;
}

export type DeclaredOperation<D extends OperationDeclaration = OperationDeclaration> = D & {
  /** Stable name for generated clients: `GET /usage/quotas/:metric` is `getUsageQuotasByMetric`. */
  readonly id: string;
};

/** What the handler gets: each part as its schema gives it, `undefined` where the operation declares none. */
export interface OperationInput<D extends OperationDeclaration = OperationDeclaration> {
  readonly params: D extends { readonly params: infer S extends z.ZodType } ? z.output<S> : undefined;
  readonly query: D extends { readonly query: infer S extends z.ZodType } ? z.output<S> : undefined;
  readonly body: D extends { readonly body: infer S extends z.ZodType } ? z.output<S> : undefined;
  /** The bytes of a `bodyStream`. */
  readonly stream: D extends { readonly bodyStream: string } ? AsyncIterable<Uint8Array> : undefined;
  /** The version of `If-Match: "<version>"`; null when absent or `*`. */
  readonly ifMatch: number | null;
}

/** Throws when the declaration contradicts itself, so that a mistake shows when the module is loaded. */
export function defineOperation<const D extends OperationDeclaration>(declaration: D): DeclaredOperation<D> {
  const flaw = declarationFlaw(declaration);
  if (flaw !== null) throw new Error(`${operationName(declaration)}: ${flaw}`);
  return Object.freeze({ ...declaration, id: operationId(declaration) });
}

/** `POST /tenants/provision`: how logs, metrics and the audit trail call it. */
export function operationName({ method, path }: Pick<OperationDeclaration, 'method' | 'path'>): string {
  return `${method} ${path}`;
}

/** Whether the operation may change something, and so takes an `Idempotency-Key`. */
export function changesState({
  method,
  bodyStream,
}: Pick<OperationDeclaration, 'method' | 'bodyStream'>): boolean {
  if (bodyStream) return false;
  return method === 'POST' || method === 'PATCH' || method === 'DELETE';
}

/** Whether the operation changes something that has a version already, and so honours `If-Match`. */
export function takesIfMatch({ method, etag, response }: OperationDeclaration): boolean {
  return etag === true && method !== 'GET' && response.status !== 201;
}

export function pathParameters(path: string): string[] {
  return path
    .split('/')
    .filter((segment) => segment.startsWith(':'))
    .map((segment) => segment.slice(1));
}

function operationId({ method, path }: OperationDeclaration): string {
  const words = path
    .split('/')
    .map((segment) => (segment.startsWith(':') ? `by-${segment.slice(1)}` : segment))
    .flatMap((segment) => segment.split(/[^A-Za-z0-9]+/))
    .filter((word) => word !== '');
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

function declarationFlaw(declaration: OperationDeclaration): string | null {
  const { path, params, roles, tenant, method, body, bodyStream } = declaration;
  if (!path.startsWith('/')) return 'the path must begin with a slash';
  const declared = Object.keys(params?.shape ?? {}).sort();
  const used = pathParameters(path).sort();
  if (declared.join() !== used.join())
    return `params declare [${declared.join(', ')}], the path has [${used.join(', ')}]`;
  if (roles !== 'public' && roles.length === 0) return 'roles are empty, so nobody could call it';
  if (roles === 'public' && tenant !== 'none')
    return 'a public operation has no caller, so tenant must be "none"';
  if (method === 'GET' && (body ?? bodyStream)) return 'GET takes no body';
  if (body && bodyStream) return 'a body is either parsed or a stream';
  return null;
}
