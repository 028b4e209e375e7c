import { Agent, request } from 'node:http';

/** A request as it goes over the wire: nothing is encoded or put right any more. */
export interface WireRequest {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | null;
}

export interface WireAnswer {
  /** 0 when the connection was lost; the text then says how. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly durationMs: number;
}

const TIMEOUT_MS = 30_000;

/** An HTTP client that sends what it is given, even what a browser would refuse. */
export class Wire {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 64 });

  constructor(private readonly url: string) {}

  send({ method, target, headers, body }: WireRequest): Promise<WireAnswer> {
    const startedAt = performance.now();
    return new Promise((resolve) => {
      const lost = (error: Error) =>
        resolve({ status: 0, headers: {}, text: error.message, durationMs: performance.now() - startedAt });
      try {
        const outgoing = request(this.url, {
          method,
          path: target,
          headers: {
            ...headers,
            ...(body === null ? {} : { 'content-length': Buffer.byteLength(body) }),
          } as never,
          agent: this.agent,
          timeout: TIMEOUT_MS,
        });
        outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
        outgoing.on('error', lost);
        outgoing.on('response', (response) => {
          const chunks: Buffer[] = [];
          response.on('error', lost);
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: flat(response.headers),
              text: Buffer.concat(chunks).toString(),
              durationMs: performance.now() - startedAt,
            }),
          );
        });
        outgoing.end(body ?? undefined);
      } catch (error) {
        // What cannot be written as HTTP at all.
        lost(error as Error);
      }
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

function flat(headers: NodeJS.Dict<string | string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

/** The JSON values of an answer: one, or one a line. */
export function jsonValues(text: string, mediaType = ''): unknown[] {
  if (!mediaType.includes('json')) return [];
  const parts = mediaType.includes('ndjson') ? text.split('\n').filter((line) => line !== '') : [text];
  return parts.flatMap((part) => {
    try {
      return [JSON.parse(part) as unknown];
    } catch {
      return [];
    }
  });
}
