import type { Batch, Entry } from '../usage-event.js';

export interface BatcherLimits {
  /** Events in a full batch. */
  batchSize: number;
  /** Events held over all tenants. */
  maxHeld: number;
  /** Tenants held at once. */
  maxTenants: number;
}

/** Collects events by tenant. Adding one may push out a batch: a full one, or one to stay within the limits. */
export class Batcher {
  // In order of each batch's first event: the first key is the oldest batch.
  private readonly byTenant = new Map<string, Entry[]>();
  private held = 0;
  /** The most events ever held. */
  peakHeld = 0;

  constructor(private readonly limits: BatcherLimits) {}

  add(tenant: string, entry: Entry): Batch | undefined {
    const entries = this.byTenant.get(tenant) ?? [];
    entries.push(entry);
    this.byTenant.set(tenant, entries);
    this.held += 1;
    this.peakHeld = Math.max(this.peakHeld, this.held);
    if (entries.length >= this.limits.batchSize) return this.take(tenant);
    if (this.held >= this.limits.maxHeld) return this.take(this.fullest());
    if (this.byTenant.size > this.limits.maxTenants) return this.take(this.oldest());
    return undefined;
  }

  /** The next batch to send at the end, oldest first; undefined when nothing is held. */
  next(): Batch | undefined {
    return this.take(this.oldest());
  }

  private take(tenant: string | undefined): Batch | undefined {
    const entries = tenant === undefined ? undefined : this.byTenant.get(tenant);
    if (tenant === undefined || entries === undefined) return undefined;
    this.byTenant.delete(tenant);
    this.held -= entries.length;
    return { tenant, entries };
  }

  private oldest(): string | undefined {
    return this.byTenant.keys().next().value;
  }

  private fullest(): string | undefined {
    let fullest: { tenant: string; size: number } | undefined;
    for (const [tenant, entries] of this.byTenant)
      if (fullest === undefined || entries.length > fullest.size) fullest = { tenant, size: entries.length };
    return fullest?.tenant;
  }
}
