import {
  compareKeys,
  evolve,
  type Item,
  type JsonValue,
  type MeterAccepted,
  type MeterBook,
  type MeterEntry,
  type MeterEvent,
  type MeterOutcome,
  type MeterRequest,
  type MeterRules,
  type Refusal,
  SYSTEM_SCOPE,
} from '@landlord/kernel';
import { type Database, type Transaction } from './database.js';
import { type IdFilters } from './id-filters.js';
import { FIND_MANY, type IdempotencyRow, insertResults } from './idempotency.js';
import { lockNameOf, lockNames } from './lock.js';
import { type Accepted, insertEvents } from './meter-events.js';
import { FurtherItems } from './meter-further.js';
import { HourTally } from './meter-hours.js';
import { BatchIds } from './meter-ids.js';
import { mergeOrigins } from './meter-merge.js';
import { Sightings } from './meter-unique.js';
import { ITEM_COLUMNS, type ItemRow, itemFromRow } from './rows.js';
import { type UsageSpaceView } from './usage-space.js';
import { type Step, writeSteps } from './write.js';

/** Where ids are, and how to see quickly that they are not. */
export interface MeterPlace {
  readonly view: UsageSpaceView;
  readonly filters: IdFilters;
  /** Ids were written. */
  readonly took: (count: number) => void;
}

/** Several requests were settled, but together they cannot be stored: each is to be tried alone. */
export class UnstorableGroup extends Error {}

/**
 * One transaction for many requests: lock the tenants' usage in key order, look up the ids, settle the
 * requests one after the other in the order of arrival, then write events, usage, log and feed together.
 */
export function meterRequests(
  database: Database,
  requests: readonly MeterRequest[],
  rules: MeterRules,
  place: MeterPlace,
): Promise<readonly MeterOutcome[]> {
  const ids = new BatchIds(requests, place);
  return database.transaction(SYSTEM_SCOPE, async (transaction, rollback) => {
    const tenants = [...new Set(requests.flatMap(tenantsOf))];
    const locked = lockNames(transaction, [
      ...tenants.map((tenant) => lockNameOf({ pk: rules.pk(tenant), sk: rules.skPrefix })),
      ...requests.flatMap(({ commands = [] }) => commands.map(lockNameOf)),
    ]);
    const [items, recorded, answered, versions, sightings, further] = await Promise.all([
      loadUsage(transaction, requests, rules),
      ids.load(transaction, eventName),
      loadAnswers(transaction, requests),
      loadVersions(transaction, requests),
      Sightings.load(transaction, requests),
      FurtherItems.load(transaction, requests),
      locked,
    ]);
    const book = rules.open({ items, sightings: sightings.known });
    const batch = new MeterBatch(book, { recorded, answered, versions, sightings, further });
    const outcomes = requests.map((request) => batch.settle(request));
    const evolved = evolveAll(book.entries(), items);
    if ('refusal' in evolved && requests.length > 1) throw new UnstorableGroup();
    if ('refusal' in evolved) return rollback([{ status: 'failed', refusal: evolved.refusal }]);
    const [taken] = await Promise.all([
      ids.insert(transaction, batch.accepted),
      insertEvents(transaction, batch.accepted),
      batch.hours.write(transaction),
      sightings.write(transaction),
      writeSteps(transaction, [...evolved.steps, ...further.steps].sort(byKey)),
      insertResults(transaction, batch.results),
    ]);
    place.took(taken);
    return outcomes;
  });
}

/** Whose usage a request moves. */
function tenantsOf({ tenantCode, pooledWith }: MeterRequest): string[] {
  return [tenantCode, ...pooledWith];
}

/** What was true before the batch. */
interface Known {
  /** Fingerprints of events counted, by tenant and id. */
  readonly recorded: Map<string, string>;
  readonly answered: Map<string, { fingerprint: string; result: JsonValue }>;
  /** Of the items that are checked; absent ones are not in it. */
  readonly versions: ReadonlyMap<string, number>;
  readonly sightings: Sightings;
  readonly further: FurtherItems;
}

/** One step per item, however many requests touched it. */
function evolveAll(
  entries: readonly MeterEntry[],
  items: readonly Item[],
): { steps: Step[] } | { refusal: Refusal } {
  const stored = new Map(items.map((item) => [lockNameOf(item), item]));
  const steps: Step[] = [];
  for (const { command: input, origins } of entries) {
    const command = { kind: 'increment' as const, ...input };
    const origin = mergeOrigins(origins);
    const evolution = evolve(stored.get(lockNameOf(input)) ?? null, command, origin);
    if (evolution.status === 'refused') return { refusal: evolution.refusal };
    if (evolution.status === 'changed') steps.push({ command, item: evolution.item, origin });
  }
  return { steps };
}

function byKey(left: Step, right: Step): number {
  return compareKeys(left.item, right.item);
}

/** What becomes of the requests of a batch, one after the other; refused ones leave no trace. */
class MeterBatch {
  readonly accepted: Accepted[] = [];
  readonly hours = new HourTally();
  readonly results: {
    tenantCode: string;
    claim: NonNullable<MeterRequest['idempotency']>;
    result: JsonValue;
    at: string;
  }[] = [];

  constructor(
    private readonly book: MeterBook,
    private readonly known: Known,
  ) {}

  settle(request: MeterRequest): MeterOutcome {
    const earlier =
      request.idempotency && this.known.answered.get(claimName(request.tenantCode, request.idempotency));
    if (earlier && earlier.fingerprint !== request.idempotency?.fingerprint)
      return { status: 'idempotency_mismatch' };
    if (earlier) return { status: 'replayed', result: earlier.result };
    if (this.isStale(request)) return { status: 'stale' };
    const sorted = this.newEvents(request);
    if ('status' in sorted) return sorted;
    const further = this.known.further.stepsOf(request);
    if (further === 'again') return { status: 'stale' };
    if ('refusal' in further) return { status: 'failed', refusal: further.refusal };
    const settlement = this.book.settle(request, sorted.fresh);
    if (settlement.status !== 'settled') return settlement;
    this.known.further.take(further);
    this.known.sightings.add(request, settlement.sightings);
    this.hours.add(request.tenantCode, settlement.effects);
    const { fresh, duplicates } = sorted;
    return this.accept(request, fresh, { duplicates, standings: settlement.standings });
  }

  private isStale({ checks }: MeterRequest): boolean {
    return checks.some((check) => (this.known.versions.get(lockNameOf(check)) ?? 0) !== check.version);
  }

  private newEvents(
    request: MeterRequest,
  ): MeterOutcome | { fresh: (MeterEvent & { index: number })[]; duplicates: number } {
    const fresh = new Map<string, MeterEvent & { index: number }>();
    let duplicates = 0;
    for (const [index, event] of request.events.entries()) {
      const known =
        this.known.recorded.get(eventName(request.tenantCode, event.id)) ?? fresh.get(event.id)?.fingerprint;
      if (known === undefined) fresh.set(event.id, { ...event, index });
      else if (known === event.fingerprint) duplicates += 1;
      else return { status: 'duplicate_event', index, id: event.id };
    }
    return { fresh: [...fresh.values()], duplicates };
  }

  private accept(
    request: MeterRequest,
    events: readonly MeterEvent[],
    rest: Pick<MeterAccepted, 'duplicates' | 'standings'>,
  ): MeterOutcome {
    const outcome = { status: 'accepted' as const, accepted: events.length, ...rest };
    for (const event of events)
      this.known.recorded.set(eventName(request.tenantCode, event.id), event.fingerprint);
    this.accepted.push({ request, events });
    if (request.idempotency) this.keep(request, request.idempotency, request.idempotency.respond(outcome));
    return outcome;
  }

  private keep(
    request: MeterRequest,
    claim: NonNullable<MeterRequest['idempotency']>,
    result: JsonValue,
  ): void {
    const { tenantCode, origin } = request;
    this.known.answered.set(claimName(tenantCode, claim), { fingerprint: claim.fingerprint, result });
    this.results.push({ tenantCode, claim, result, at: origin.at });
  }
}

function eventName(tenantCode: string, id: string): string {
  return `${tenantCode} ${id}`;
}

function claimName(tenantCode: string, { owner, key }: { owner: string; key: string }): string {
  return JSON.stringify([tenantCode, owner, key]);
}

/** From the last usage item before the earliest event (gauges carry over from it) to the newest. */
async function loadUsage(
  transaction: Transaction,
  requests: readonly MeterRequest[],
  rules: MeterRules,
): Promise<Item[]> {
  const earliest = new Map<string, string>();
  for (const request of requests) {
    const periods = [...request.events, ...(request.holds ?? [])].map(({ periodSk }) => periodSk);
    for (const tenantCode of tenantsOf(request)) {
      const [first] = [...periods, earliest.get(tenantCode) ?? []].flat().sort();
      if (first !== undefined) earliest.set(tenantCode, first);
    }
  }
  const tenants = [...earliest.keys()];
  const rows = await transaction.query<ItemRow>(
    `select ${ITEM_COLUMNS.replaceAll(/\b(\w+)\b/g, 'i.$1')}
     from unnest($1::text[], $2::text[]) as u(pk, sk)
     join landlord.item i on i.pk = u.pk and starts_with(i.sk, $3) and i.sk >= coalesce(
       (select max(b.sk) from landlord.item b where b.pk = u.pk and b.sk >= $3 and b.sk < u.sk), u.sk)
     order by i.pk, i.sk for update of i`,
    [tenants.map(rules.pk), tenants.map((tenant) => earliest.get(tenant)), rules.skPrefix],
  );
  return rows.map(itemFromRow);
}

async function loadVersions(
  transaction: Transaction,
  requests: readonly MeterRequest[],
): Promise<Map<string, number>> {
  const wanted = new Map(requests.flatMap(({ checks }) => checks.map((check) => [lockNameOf(check), check])));
  if (wanted.size === 0) return new Map();
  const keys = [...wanted.values()];
  const rows = await transaction.query<{ pk: string; sk: string; version: number }>(
    `select pk, sk, version from landlord.item
     where (pk, sk) in (select * from unnest($1::text[], $2::text[]))`,
    [keys.map(({ pk }) => pk), keys.map(({ sk }) => sk)],
  );
  return new Map(rows.map((row) => [lockNameOf(row), row.version]));
}

async function loadAnswers(transaction: Transaction, requests: readonly MeterRequest[]) {
  const claims = requests.flatMap(({ tenantCode, idempotency }) =>
    idempotency ? [{ tenantCode, ...idempotency }] : [],
  );
  if (claims.length === 0) return new Map<string, { fingerprint: string; result: JsonValue }>();
  const rows = await transaction.query<IdempotencyRow & { tenant_code: string }>(FIND_MANY, [
    claims.map(({ tenantCode }) => tenantCode),
    claims.map(({ owner }) => owner),
    claims.map(({ key }) => key),
  ]);
  return new Map(
    rows.map((row) => [
      claimName(row.tenant_code, row),
      { fingerprint: row.fingerprint, result: row.result },
    ]),
  );
}
