import { hash } from 'node:crypto';
import { type MeterRequest } from '@landlord/kernel';
import { type Transaction } from './database.js';
import { StaleUsageSpace } from './fault.js';
import { type IdFilters } from './id-filters.js';
import { type Accepted } from './meter-events.js';
import { STAMP, type UsageSpaceView } from './usage-space.js';

const HASH_BYTES = 16;

/** The first half of the SHA-256 of the tenant's code, a NUL and the id. */
export function idHash(tenantCode: string, id: string): Buffer {
  return hash('sha256', `${tenantCode}\u0000${id}`, 'buffer').subarray(0, HASH_BYTES);
}

interface Known {
  readonly view: UsageSpaceView;
  readonly filters: IdFilters;
}

/** Every id of a batch with its hash, made once. */
export class BatchIds {
  private readonly hashes = new Map<string, Map<string, Buffer>>();

  constructor(
    requests: readonly MeterRequest[],
    private readonly known: Known,
  ) {
    for (const { tenantCode, events } of requests) {
      const ofTenant = this.hashes.get(tenantCode) ?? new Map<string, Buffer>();
      this.hashes.set(tenantCode, ofTenant);
      for (const { id } of events) if (!ofTenant.has(id)) ofTenant.set(id, idHash(tenantCode, id));
    }
  }

  /** Fingerprints of the ids that were used before, by tenant and id. */
  async load(transaction: Transaction, nameOf: (tenantCode: string, id: string) => string) {
    const [names, found] = await Promise.all([
      this.namesByHash(nameOf),
      transaction.query<{ id_hash: Buffer; fingerprint: string }>(FIND, this.places()),
      this.requireCurrent(transaction),
    ]);
    return new Map(
      found.map(({ id_hash, fingerprint }) => [names.get(id_hash.toString('hex')) ?? '', fingerprint]),
    );
  }

  /** Written together with the commit; how many there are. */
  insert(transaction: Transaction, accepted: readonly Accepted[]): number {
    const rows = accepted.flatMap(({ request, events }) => events.map((event) => ({ event, request })));
    if (rows.length === 0) return 0;
    transaction.atCommit(INSERT, [
      this.known.view.open,
      rows.map(({ request }) => request.origin.at),
      rows.map(({ request, event }) => this.hashes.get(request.tenantCode)?.get(event.id)),
      rows.map(({ event }) => event.fingerprint),
      rows.map(({ request }) => request.tenantCode),
    ]);
    return rows.length;
  }

  /** Where each id may be: always in the open generation, and in those that their filters do not rule out. */
  private places(): [number[], Buffer[]] {
    const { view, filters } = this.known;
    const generations: number[] = [];
    const hashes: Buffer[] = [];
    for (const idBytes of [...this.hashes.values()].flatMap((ofTenant) => [...ofTenant.values()])) {
      for (const generation of [view.open, ...filters.candidates(view.closed, idBytes)]) {
        generations.push(generation);
        hashes.push(idBytes);
      }
    }
    return [generations, hashes];
  }

  private namesByHash(nameOf: (tenantCode: string, id: string) => string): Map<string, string> {
    const names = new Map<string, string>();
    for (const [tenantCode, ofTenant] of this.hashes)
      for (const [id, idBytes] of ofTenant) names.set(idBytes.toString('hex'), nameOf(tenantCode, id));
    return names;
  }

  /** Another process may have opened a generation; what it put there must not be missed. */
  private async requireCurrent(transaction: Transaction): Promise<void> {
    const [row] = await transaction.query<{ stamp: string }>(STAMP);
    if (row?.stamp !== this.known.view.stamp) throw new StaleUsageSpace('generations of ids have changed');
  }
}

const FIND = `select e.id_hash, encode(e.fingerprint, 'hex') as fingerprint
  from unnest($1::bigint[], $2::bytea[]) as w(generation, id_hash)
  join landlord.usage_event_id e on e.generation = w.generation and e.id_hash = w.id_hash`;

const INSERT = `insert into landlord.usage_event_id (generation, recorded_at, id_hash, fingerprint, tenant_code)
  select $1::bigint, recorded_at, id_hash, decode(fingerprint, 'hex'), tenant_code
  from unnest($2::timestamptz[], $3::bytea[], $4::text[], $5::text[]) as n(recorded_at, id_hash, fingerprint, tenant_code)`;
