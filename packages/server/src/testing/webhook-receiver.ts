import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever was sent
  readonly body: any;
}

export interface ReceiverAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The connection is cut instead of an answer. */
  readonly isCut?: boolean;
  /** Nothing is answered at all. */
  readonly isSilent?: boolean;
}

const WAIT_LIMIT_MS = 20_000;

/** Somebody's server that gets webhooks, and answers as it is told. */
export class WebhookReceiver {
  readonly received: Received[] = [];
  connections = 0;
  private answer: (request: Received) => ReceiverAnswer = () => ({ status: 200, body: 'thanks' });

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(host = '127.0.0.1'): Promise<WebhookReceiver> {
    const server = createServer();
    server.listen(0, host);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const receiver = new WebhookReceiver(server, `http://${host}:${port}`);
    receiver.listen();
    return receiver;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  answerWith(answer: ReceiverAnswer | ((request: Received) => ReceiverAnswer)): void {
    this.answer = typeof answer === 'function' ? answer : () => answer;
  }

  /** The first requests that fit, as soon as there are so many. */
  async until(count: number, fits: (request: Received) => boolean = () => true): Promise<Received[]> {
    const deadline = Date.now() + WAIT_LIMIT_MS;
    for (;;) {
      const found = this.received.filter(fits);
      if (found.length >= count) return found;
      if (Date.now() > deadline) throw new Error(`${found.length} of ${count} requests came`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private listen(): void {
    this.server.on('connection', () => {
      this.connections += 1;
    });
    this.server.on('request', async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const text = Buffer.concat(chunks).toString('utf8');
      const body = text === '' ? null : JSON.parse(text);
      const received = { path: request.url ?? '', headers: request.headers, text, body };
      this.received.push(received);
      const { status, headers = {}, body: answered = '', isCut, isSilent } = this.answer(received);
      if (isCut) request.socket.destroy();
      else if (!isSilent) response.writeHead(status, headers).end(answered);
    });
  }
}
