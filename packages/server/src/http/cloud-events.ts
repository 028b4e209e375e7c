import { type IncomingMessage } from 'node:http';
import { type InputIssue, invalidInput, LandlordError } from '@landlord/kernel';
import { type FastifyInstance, type FastifyRequest } from 'fastify';

const BATCH_MEDIA_TYPE = 'application/cloudevents-batch';
const MEDIA_TYPE = 'application/cloudevents';

/** Attributes of a CloudEvent that mean something here. `datacontenttype` is the `Content-Type` itself. */
const ATTRIBUTES = ['specversion', 'id', 'source', 'type', 'time', 'subject', 'dataschema'] as const;
const REQUIRED = ['specversion', 'id', 'source', 'type'] as const;
const QUOTED = /^"((?:[^"\\]|\\.)*)"$/;
const VISIBLE = /^[\x20-\x7e]*$/;

/**
 * CloudEvents 1.0 over HTTP, for the operations that take them. What comes in binary mode is made structured, so that
 * one schema reads all; structured and batched bodies are held to what their media types say.
 * Source: HTTP Protocol Binding for CloudEvents 1.0.2, section 3.
 */
export function takeCloudEvents(fastify: FastifyInstance): void {
  fastify.decorateRequest('isBinaryEvent', false);
  fastify.addHook('preValidation', (request, _reply, done) => {
    if (request.operation?.cloudEvents) takeCloudEvent(request);
    done();
  });
}

function takeCloudEvent(request: FastifyRequest): void {
  const mediaType = request.headers['content-type']?.trim().toLowerCase() ?? '';
  if (mediaType.startsWith(BATCH_MEDIA_TYPE)) requireBatch(request.body);
  else if (mediaType.startsWith(MEDIA_TYPE)) requireEvent(request.body);
  else if (REQUIRED.some((name) => request.headers[`ce-${name}`] !== undefined)) structure(request);
}

function structure(request: FastifyRequest): void {
  const { raw, body } = request;
  const attributes = ATTRIBUTES.flatMap((name) => {
    const value = attributeOf(raw, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const missing = REQUIRED.filter((name) => !attributes.some(([found]) => found === name));
  if (missing[0] !== undefined) throw invalidInput(`headers.ce-${missing[0]}`, 'is required in binary mode');
  request.isBinaryEvent = true;
  request.body = {
    ...Object.fromEntries(attributes),
    ...(body === undefined || body === null ? {} : { data: body }),
  };
}

/** Throws `validation_failed` that names the header. */
function attributeOf({ headersDistinct }: IncomingMessage, name: string): string | undefined {
  const [value, ...others] = headersDistinct[`ce-${name}`] ?? [];
  if (value === undefined) return undefined;
  const path = `headers.ce-${name}`;
  if (others.length > 0) throw invalidInput(path, 'must be given once');
  if (!VISIBLE.test(value))
    throw invalidInput(path, 'must be percent-encoded: it has characters beyond ASCII');
  const text = headerText(value);
  if (text === null) throw invalidInput(path, 'is not percent-encoded UTF-8; write a percent sign as %25');
  return text;
}

/** Double quotes and their backslashes are taken away first (older senders), then one round of percent-encoding. */
export function headerText(value: string): string | null {
  const [, quoted] = QUOTED.exec(value) ?? [];
  const encoded = quoted === undefined ? value : quoted.replace(/\\(.)/g, '$1');
  try {
    return decodeURIComponent(encoded);
  } catch {
    return null;
  }
}

function requireEvent(body: unknown): void {
  if (Array.isArray(body)) throw invalidInput('', `must be one event; several are ${BATCH_MEDIA_TYPE}+json`);
}

function requireBatch(body: unknown): void {
  if (!Array.isArray(body))
    throw invalidInput('', `must be a list of events; one alone is ${MEDIA_TYPE}+json`);
  const other = body.findIndex((event: unknown) => !isCloudEvent(event));
  if (other !== -1) throw invalidInput(`${other}.specversion`, 'is required in a batch of CloudEvents');
}

function isCloudEvent(event: unknown): boolean {
  return typeof event === 'object' && event !== null && Object.hasOwn(event, 'specversion');
}

/** Names what is wrong where the caller wrote it: attributes of a binary event are headers, its data is the body. */
export function namedAsHeaders(
  error: unknown,
  { isBinaryEvent }: Pick<FastifyRequest, 'isBinaryEvent'>,
): unknown {
  if (!isBinaryEvent || !(error instanceof LandlordError) || error.errors.length === 0) return error;
  const errors = error.errors.map((issue): InputIssue => ({ ...issue, path: binaryPath(issue.path) }));
  const { code, message, facts, cause } = error;
  return new LandlordError(code, renamed(message, error.errors[0], errors[0]), { errors, facts, cause });
}

function binaryPath(path: string): string {
  if ((ATTRIBUTES as readonly string[]).includes(path)) return `headers.ce-${path}`;
  if (path === 'data') return '';
  return path.startsWith('data.') ? path.slice('data.'.length) : path;
}

/** A message begins with the path of what is wrong. */
function renamed(message: string, from: InputIssue | undefined, to: InputIssue | undefined): string {
  const before = `${from?.path}: `;
  if (!from?.path || !message.startsWith(before)) return message;
  return `${to?.path ? `${to.path}: ` : ''}${message.slice(before.length)}`;
}
