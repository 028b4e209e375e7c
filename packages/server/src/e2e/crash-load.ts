import { Api } from './api.js';

export interface Batch {
  readonly tenant: string;
  readonly ids: readonly string[];
  acknowledged: boolean;
}

export interface Provisioned {
  readonly slug: string;
  acknowledged: boolean;
}

const EVENTS_A_BATCH = 5;

/** Callers that never stop, and remember what they asked for and what was acknowledged. */
export class CrashLoad {
  readonly batches: Batch[] = [];
  readonly provisions: Provisioned[] = [];
  unexpected: string[] = [];
  private running = true;
  private readonly loops: Promise<void>[] = [];
  private sequence = 0;

  constructor(
    private readonly api: () => Api,
    private readonly tenants: readonly string[],
  ) {}

  start(): void {
    for (const tenant of this.tenants) this.loops.push(this.recordEvents(tenant), this.recordEvents(tenant));
    this.loops.push(this.provisionTenants());
  }

  async stop(): Promise<void> {
    this.running = false;
    await Promise.all(this.loops);
  }

  eventsOf({ ids }: Batch) {
    return ids.map((id) => ({ id, metric: 'apiCalls' }));
  }

  private name(prefix: string): string {
    this.sequence += 1;
    return `${prefix}${this.sequence}`;
  }

  private async recordEvents(tenant: string): Promise<void> {
    while (this.running) {
      const ids = Array.from({ length: EVENTS_A_BATCH }, () => this.name('e'));
      const batch: Batch = { tenant, ids, acknowledged: false };
      this.batches.push(batch);
      batch.acknowledged = await this.isTaken(200, () =>
        this.api().post('/usage/events', this.eventsOf(batch), { tenant }),
      );
    }
  }

  private async provisionTenants(): Promise<void> {
    while (this.running) {
      const provisioned: Provisioned = { slug: this.name('new-'), acknowledged: false };
      this.provisions.push(provisioned);
      const body = { companySlug: provisioned.slug, companyName: 'New', planCode: 'starter' };
      provisioned.acknowledged = await this.isTaken(201, () => this.api().post('/tenants/provision', body));
    }
  }

  /** Refused connections and 503 are what a crash looks like from outside; anything else is remembered. */
  private async isTaken(
    success: number,
    send: () => Promise<{ status: number; body: unknown }>,
  ): Promise<boolean> {
    try {
      const { status, body } = await send();
      if (status === success) return true;
      if (status !== 503) this.unexpected.push(`${status} ${JSON.stringify(body)}`);
    } catch {
      // The connection was refused or lost.
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
    return false;
  }
}
