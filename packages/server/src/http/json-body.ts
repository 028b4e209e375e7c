import { Readable } from 'node:stream';
import { invalidInput, jsonFlaw, LandlordError } from '@landlord/kernel';
import { type StreamMediaType } from '@landlord/saas';
import { type FastifyInstance, type FastifyRequest } from 'fastify';
import { refuseForeignEncoding } from './body-encoding.js';

/** 16 MiB: ten thousand usage events of 1.6 KB. */
export const BODY_BYTES_LIMIT = 16 * 1024 * 1024;

const MEDIA_TYPES = [
  'application/json',
  'application/cloudevents+json',
  'application/cloudevents-batch+json',
];

/** Handed on as they come, to the operations that say so. */
const STREAM_MEDIA_TYPES: readonly StreamMediaType[] = ['application/x-ndjson'];

/**
 * JSON bodies only, refused when they hold what cannot be stored exactly. An empty body is none.
 * They are parsed in a hook, because Fastify hangs up when a parser itself fails.
 */
export function parseJsonBodies(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    MEDIA_TYPES,
    { parseAs: 'buffer', bodyLimit: BODY_BYTES_LIMIT },
    (_request: FastifyRequest, body: Buffer, done: (error: null, body: Buffer) => void) => done(null, body),
  );
  for (const type of STREAM_MEDIA_TYPES) {
    fastify.addContentTypeParser(type, (_request, payload, done) => done(null, payload));
  }
  fastify.addHook('preValidation', (request, _reply, done) => {
    takeBody(request);
    done();
  });
}

function takeBody(request: FastifyRequest): void {
  refuseOtherForm(request);
  if (!Buffer.isBuffer(request.body)) return;
  refuseForeignEncoding(request.headers);
  request.body = parseJsonBody(request.body);
}

/** A stream where JSON is parsed, or the other way round. */
function refuseOtherForm({ body, operation, headers }: FastifyRequest): void {
  const wanted = operation?.bodyStream;
  if (wanted !== undefined && body instanceof Readable) {
    refuseForeignEncoding(headers);
    return;
  }
  if (wanted === undefined && !(body instanceof Readable)) return;
  throw new LandlordError('unsupported_media_type', `Send the body as ${wanted ?? MEDIA_TYPES[0]}`);
}

/** Throws `validation_failed` with the path of what is wrong. */
export function parseJsonBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  const value = parse(textOf(bytes));
  const flaw = jsonFlaw(value);
  if (flaw) throw invalidInput(flaw.path, flaw.message);
  return value;
}

function textOf(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw invalidInput('', 'the body is not UTF-8 text');
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // V8's message quotes the body; only the place is told.
    const position = /position (\d+)/.exec((error as Error).message)?.[1];
    const where = position === undefined ? '' : ` at character ${position}`;
    throw invalidInput('', `the body is not valid JSON${where}`);
  }
}
