import { Agent, request } from 'node:http';
import { setTimeout } from 'node:timers/promises';

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
/** How often a request comes again that was told to come later: what is busy is the walk's own doing. */
const TRIES_LIMIT = 50;
const PAUSE_MS = 20;
const TOO_MANY_REQUESTS = 429;

/** An HTTP client that sends what it is given, even what a browser would refuse. */
export class Wire {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 64 });

  constructor(private readonly url: string) {}

  async send(asked: WireRequest): Promise<WireAnswer> {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.sendOnce(asked);
      if (answer.status !== TOO_MANY_REQUESTS || attempt === TRIES_LIMIT) return answer;
      await setTimeout(PAUSE_MS);
    }
  }

  close(): void {
    this.agent.destroy();
  }

  private sendOnce({ method, target, headers, body }: WireRequest): Promise<WireAnswer> {
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
