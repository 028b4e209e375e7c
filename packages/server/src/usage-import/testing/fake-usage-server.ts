import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isTenantCode, tenantCodeFlaw } from '@landlord/kernel';
import type { UsageEvent } from '../usage-event.js';

export interface Refusal {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
  /** Cut the connection instead of answering; with `taken`, after the events were counted. */
  cut?: 'before' | 'taken';
}

export interface FakeRequest {
  tenant: string;
  token: string;
  events: UsageEvent[];
  /** From 1, over all requests. */
  number: number;
}

/** Decides on a request before the server does; undefined lets it through. */
export type Interfere = (request: FakeRequest) => Refusal | undefined | Promise<Refusal | undefined>;

/** Keeps event ids per tenant as the real server does: an id counts once, with other content it is a conflict. */
export class FakeUsageServer {
  readonly tenants: Map<string, Map<string, string>>;
  requests = 0;
  underWay = 0;
  peakUnderWay = 0;
  interfere: Interfere = () => undefined;
  private readonly server: Server;

  private constructor(tenants: readonly string[]) {
    this.tenants = new Map(tenants.map((tenant) => [tenant, new Map()]));
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  static async start(tenants: readonly string[]): Promise<FakeUsageServer> {
    const fake = new FakeUsageServer(tenants);
    await new Promise<void>((resolve) => fake.server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Events counted by tenant, tenants without any left out. */
  counts(): Map<string, number> {
    return new Map(
      [...this.tenants].filter(([, ids]) => ids.size > 0).map(([tenant, ids]) => [tenant, ids.size]),
    );
  }

  /** Events counted by tenant and UTC month: `acme 2024-01`. */
  countsByMonth(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const [tenant, ids] of this.tenants)
      for (const content of ids.values()) {
        const key = `${tenant} ${(JSON.parse(content) as UsageEvent).timestamp.slice(0, 7)}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    return counts;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests += 1;
    this.underWay += 1;
    this.peakUnderWay = Math.max(this.peakUnderWay, this.underWay);
    const number = this.requests;
    const events = JSON.parse(await bodyOf(request)) as UsageEvent[];
    const tenant = String(request.headers['x-tenant-code'] ?? 'own');
    const token = String(request.headers.authorization ?? '').replace(/^Bearer /, '');
    const refusal = await this.interfere({ tenant, token, events, number });
    const answer = refusal === undefined || refusal.cut === 'taken' ? this.take(tenant, events) : refusal;
    this.underWay -= 1;
    if (refusal?.cut !== undefined) return void request.socket.destroy();
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
    response.end(JSON.stringify(answer.body ?? {}));
  }

  private take(tenant: string, events: UsageEvent[]): Refusal {
    if (!isTenantCode(tenant)) return notATenantCode(tenant);
    const ids = this.tenants.get(tenant);
    if (ids === undefined) return problem(404, { code: 'not_found', detail: 'Tenant not found' });
    const conflict = events.some(
      (event) => (ids.get(event.id) ?? JSON.stringify(event)) !== JSON.stringify(event),
    );
    if (conflict)
      return problem(409, { code: 'already_exists', detail: 'Event id was used with other content' });
    const before = ids.size;
    for (const event of events) ids.set(event.id, JSON.stringify(event));
    const accepted = ids.size - before;
    return { status: 200, body: { accepted, duplicates: events.length - accepted } };
  }
}

/** A problem+json answer. */
export function problem(
  status: number,
  body: Record<string, unknown>,
  headers: Record<string, string> = {},
): Refusal {
  return { status, headers, body: { type: 'about:blank', title: 'Refused', status, ...body } };
}

function notATenantCode(tenant: string): Refusal {
  const errors = [{ path: 'headers.x-tenant-code', message: tenantCodeFlaw(tenant) }];
  return problem(400, { code: 'validation_failed', errors });
}

/** An unsigned token as the importer reads it. */
export function tokenOf(claims: Record<string, unknown>): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part(claims)}.x`;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
}
