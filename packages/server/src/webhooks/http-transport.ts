import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { type WebhookAnswer, type WebhookRequest, type WebhookTransport } from '@landlord/saas';
import { type AddressPolicy } from './addresses.js';
import { answerOf, EXCERPT_BYTES, failedAnswer } from './answer.js';
import { addressFlaw, destinationOf } from './destination.js';
import { type ResolveHost } from './resolve-host.js';

const TIMEOUT_MS = 15_000;

export interface HttpTransportOptions {
  readonly policy: AddressPolicy;
  readonly resolve: ResolveHost;
  /** For one request, from the look-up of the name to the end of the answer. */
  readonly timeoutMs?: number;
}

/** A name leads where nothing may be asked. */
class RefusedAddress extends Error {}

/** Asks nobody but public addresses, and checks the very address that it connects to. Follows no redirect, keeps no connection. */
export class HttpTransport implements WebhookTransport {
  private readonly stopping = new AbortController();

  constructor(private readonly options: HttpTransportOptions) {}

  urlFlaw(url: string): string | null {
    const destination = destinationOf(url, this.options.policy);
    return destination.ok ? null : destination.flaw;
  }

  async send({ url, headers, body }: WebhookRequest): Promise<WebhookAnswer> {
    const begunAt = performance.now();
    const durationMs = () => Math.round(performance.now() - begunAt);
    const destination = destinationOf(url, this.options.policy);
    if (!destination.ok) return failedAnswer(`the URL ${destination.flaw}`, durationMs());
    const timeoutMs = this.options.timeoutMs ?? TIMEOUT_MS;
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const { response, excerpt } = await this.ask(destination.url, { headers, body, signal: timeout });
      return answerOf(response, excerpt, durationMs());
    } catch (error) {
      if (this.stopping.signal.aborted) throw new Error('the server stops', { cause: error });
      const reason = timeout.aborted ? `there was no answer within ${timeoutMs / 1000} s` : reasonOf(error);
      return failedAnswer(reason, durationMs());
    }
  }

  /** Cuts off what is under way. */
  stop(): void {
    this.stopping.abort();
  }

  private ask(
    url: URL,
    { headers, body, signal }: Pick<WebhookRequest, 'headers' | 'body'> & { signal: AbortSignal },
  ): Promise<{ response: IncomingMessage; excerpt: Buffer }> {
    const content = Buffer.from(body);
    const isSecure = url.protocol === 'https:';
    return new Promise((resolve, reject) => {
      const request = (isSecure ? httpsRequest : httpRequest)(url, {
        method: 'POST',
        headers: { ...headers, 'content-length': content.length },
        // Of its own: neither a proxy of the environment nor a connection from before.
        agent: isSecure ? new HttpsAgent({ keepAlive: false }) : new HttpAgent({ keepAlive: false }),
        lookup: this.lookupFor(url),
        signal: AbortSignal.any([signal, this.stopping.signal]),
      });
      request.on('error', reject);
      request.on('response', (response) => {
        readExcerpt(response).then((excerpt) => {
          resolve({ response, excerpt });
          request.destroy();
        }, reject);
      });
      request.end(content);
    });
  }

  /** Called where the connection is made, so that no other address than the checked ones is connected to. */
  private lookupFor(url: URL): LookupFunction {
    return (hostname, options, callback) => {
      this.checkedAddresses(hostname, url).then(
        (addresses) => {
          const [first] = addresses;
          if (options.all) callback(null, [...addresses]);
          else if (first) callback(null, first.address, first.family);
        },
        (error: NodeJS.ErrnoException) => callback(error, options.all ? [] : ''),
      );
    };
  }

  private async checkedAddresses(hostname: string, url: URL) {
    const addresses = await this.options.resolve(hostname);
    if (addresses.length === 0) throw new Error('the name of the host has no address');
    for (const address of addresses) this.requireAddress(address, url);
    return addresses.map((address) => ({ address, family: isIP(address) }));
  }

  private requireAddress(address: string, url: URL): void {
    const flaw = addressFlaw(address, url, this.options.policy);
    if (flaw !== null) throw new RefusedAddress(`the host ${flaw}`);
  }
}

/** The first bytes; what comes then is not waited for. An answer that breaks off has been given all the same. */
async function readExcerpt(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response) {
      chunks.push(chunk as Buffer);
      length += (chunk as Buffer).length;
      if (length >= EXCERPT_BYTES) break;
    }
  } catch {
    // The status is there, and says it all.
  }
  return Buffer.concat(chunks).subarray(0, EXCERPT_BYTES);
}

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'the name of the host is not known',
  ENODATA: 'the name of the host has no address',
  EAI_AGAIN: 'the name of the host could not be looked up',
  ETIMEOUT: 'the name of the host could not be looked up',
  ESERVFAIL: 'the name of the host could not be looked up',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut off',
  EPIPE: 'the connection was cut off',
  ETIMEDOUT: 'the host does not answer',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the host cannot be reached',
};

/** Says nothing of the network that the owner of the endpoint could not find out. */
function reasonOf(error: unknown): string {
  if (error instanceof RefusedAddress) return error.message;
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const code = first instanceof Error && 'code' in first ? String(first.code) : '';
  const isTls = /CERT|TLS|SSL|SIGNATURE/.test(code);
  return REASONS[code] ?? (isTls ? `the connection is not safe (${code})` : 'the request failed');
}
