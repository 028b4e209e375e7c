import { Agent, request } from 'node:http';

/** One request to consume, and what came of it in the end. */
export interface Asked {
  readonly id: string;
  /** Which of the servers is asked first. */
  readonly process: number;
  status: number;
  body: { readonly current?: number; readonly limit?: number; readonly code?: string };
}

const LANES = 256;
const TRIES_LIMIT = 400;
const PAUSE_MS = 25;

export function askedFor(ids: readonly string[], processes: number): Asked[] {
  return ids.map((id, index) => ({ id, process: index % processes, status: 0, body: {} }));
}

/** Many callers at once, each of whom asks again elsewhere until it is answered. */
export class QuotaLoad {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: LANES / 2 });
  admitted = 0;
  answered = 0;

  constructor(
    /** The address of each server now; null while it is down. */
    private readonly urls: () => readonly (string | null)[],
    private readonly caller: { readonly token: string; readonly tenant: string },
  ) {}

  async run(requests: readonly Asked[]): Promise<void> {
    const waiting = requests[Symbol.iterator]();
    const lane = async () => {
      for (const asked of waiting) await this.ask(asked);
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    this.agent.destroy();
  }

  private async ask(asked: Asked): Promise<void> {
    for (let attempt = 0; attempt < TRIES_LIMIT; attempt += 1) {
      const urls = this.urls();
      const url = urls[(asked.process + attempt) % urls.length] ?? null;
      const answer = url === null ? null : await this.post(url, asked.id).catch(() => null);
      if (answer && answer.status !== 503) {
        Object.assign(asked, answer);
        this.answered += 1;
        if (answer.status === 200) this.admitted += 1;
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  private post(url: string, id: string): Promise<Pick<Asked, 'status' | 'body'>> {
    const { token, tenant } = this.caller;
    const headers = {
      authorization: `Bearer ${token}`,
      'x-tenant-code': tenant,
      'content-type': 'application/json',
    };
    return new Promise((resolve, reject) => {
      const sent = request(
        `${url}/usage/consume`,
        { method: 'POST', headers, agent: this.agent },
        (answer) => {
          let text = '';
          answer.setEncoding('utf8');
          answer.on('data', (chunk: string) => {
            text += chunk;
          });
          answer.on('error', reject);
          answer.on('end', () => {
            try {
              resolve({ status: answer.statusCode ?? 0, body: JSON.parse(text) as Asked['body'] });
            } catch (error) {
              reject(error);
            }
          });
        },
      );
      sent.on('error', reject);
      sent.end(JSON.stringify({ id, metric: 'apiCalls' }));
    });
  }
}
