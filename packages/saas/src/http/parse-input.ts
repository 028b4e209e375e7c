import { Readable } from 'node:stream';
import { type InputIssue, invalidInput, LandlordError } from '@landlord/kernel';
import { z } from 'zod';
import { parseIfMatch } from './if-match.js';
import { inputIssues, issueMessage } from './input-issues.js';
import { type DeclaredOperation, type OperationDeclaration, type OperationInput } from './operation.js';

/** A request as the web server hands it over: decoded, but not believed. */
export interface RawInput {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

type Part = 'params' | 'query' | 'body';

/**
 * Throws `validation_failed` that names everything wrong at once: `query.limit`, `params.period`,
 * `headers.if-match`, and for the body the bare path (`3.timestamp`).
 */
export function parseInput<D extends OperationDeclaration>(
  operation: DeclaredOperation<D>,
  raw: RawInput,
): OperationInput<D> {
  const issues: InputIssue[] = [];
  const parsed = {
    params: parsePart(operation.params, raw.params, 'params', issues),
    query: parsePart(operation.query, raw.query, 'query', issues),
    ...bodyOf(operation, raw.body, issues),
    ifMatch: parseIfMatch(raw.headers['if-match']),
  };
  if (issues.length > 0) throw inputError(issues);
  return parsed as OperationInput<D>;
}

function bodyOf({ body, bodyStream }: OperationDeclaration, raw: unknown, issues: InputIssue[]) {
  if (bodyStream) return { body: undefined, stream: streamOf(raw, bodyStream, issues) };
  const parsed = body ? parsePart(body, raw, 'body', issues) : refuseBody(raw, issues);
  return { body: parsed, stream: undefined };
}

/** What is not read of it is left to the web server, which still has to answer. */
function streamOf(
  raw: unknown,
  mediaType: string,
  issues: InputIssue[],
): AsyncIterable<Uint8Array> | undefined {
  if (raw instanceof Readable) return raw.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
  issues.push({ path: '', message: `the request needs a body of type ${mediaType}` });
  return undefined;
}

export function inputError(issues: readonly InputIssue[]): LandlordError {
  const [first, ...others] = issues;
  if (!first) throw new Error('an input error needs an issue');
  const { message } = invalidInput(first.path, first.message);
  const detail = others.length === 0 ? message : `${message} (and ${others.length} more, see errors)`;
  return new LandlordError('validation_failed', detail, { errors: issues });
}

function parsePart(schema: z.ZodType | undefined, raw: unknown, part: Part, issues: InputIssue[]): unknown {
  if (!schema) return undefined;
  if (part === 'body' && raw === undefined && !acceptsNothing(schema)) {
    issues.push({ path: '', message: 'the request needs a JSON body' });
    return undefined;
  }
  const result = schema.safeParse(raw, { error: issueMessage });
  if (result.success) return result.data;
  issues.push(...inputIssues(result.error, part === 'body' ? '' : part));
  return undefined;
}

function acceptsNothing(schema: z.ZodType): boolean {
  return schema.safeParse(undefined).success;
}

/** Clients often send `{}` or `null` where there is nothing to say. */
function refuseBody(body: unknown, issues: InputIssue[]): undefined {
  const isEmpty =
    body === undefined || body === null || (typeof body === 'object' && Object.keys(body).length === 0);
  if (!isEmpty) issues.push({ path: '', message: 'this operation takes no body' });
}
