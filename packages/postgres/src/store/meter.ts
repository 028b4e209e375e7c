import {
  compareKeys,
  evolve,
  type IncrementInput,
  type Item,
  type ItemKey,
  type JsonValue,
  type MeterAccepted,
  type MeterEvent,
  type MeterOutcome,
  type MeterRequest,
  type MeterRules,
  type Refusal,
  SYSTEM_SCOPE,
  tenantOfPk,
} from '@landlord/kernel';
import { type Database, type Transaction } from './database.js';
import { type IdFilters } from './id-filters.js';
import { FIND_MANY, type IdempotencyRow, insertResults } from './idempotency.js';
import { lockNameOf, lockNames } from './lock.js';
import { type Accepted, insertEvents } from './meter-events.js';
import { HourTally } from './meter-hours.js';
import { BatchIds } from './meter-ids.js';
import { mergeIncrements, type TenantIncrements } from './meter-merge.js';
import { ITEM_COLUMNS, type ItemRow, itemFromRow } from './rows.js';
import { type UsageSpaceView } from './usage-space.js';
import { writeSteps } from './write.js';

/** Where ids are, and how to see quickly that they are not. */
export interface MeterPlace {
  readonly view: UsageSpaceView;
  readonly filters: IdFilters;
  /** Ids were written. */
  readonly took: (count: number) => void;
}

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
  return database.transaction(SYSTEM_SCOPE, async (transaction) => {
    const tenants = [...new Set(requests.flatMap(tenantsOf))];
    const locked = lockNames(
      transaction,
      tenants.map((tenant) => lockNameOf({ pk: rules.pk(tenant), sk: rules.skPrefix })),
    );
    const [items, recorded, answered, versions] = await Promise.all([
      loadUsage(transaction, requests, rules),
      ids.load(transaction, eventName),
      loadAnswers(transaction, requests),
      loadVersions(transaction, requests),
      locked,
    ]);
    const batch = new MeterBatch(rules, items, { recorded, answered, versions });
    const outcomes = requests.map((request) => batch.settle(request));
    const [taken] = await Promise.all([
      ids.insert(transaction, batch.accepted),
      insertEvents(transaction, batch.accepted),
      batch.hours.write(transaction),
      writeSteps(transaction, batch.steps()),
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
}

/** The working state of a batch; refused requests leave no trace in it. Kept by tenant: a group may hold thousands. */
class MeterBatch {
  readonly accepted: Accepted[] = [];
  readonly hours = new HourTally();
  readonly results: {
    tenantCode: string;
    claim: NonNullable<MeterRequest['idempotency']>;
    result: JsonValue;
    at: string;
  }[] = [];
  private readonly stored = new Map<string, Item>();
  private readonly working = new Map<string, Map<string, Item>>();
  private readonly increments = new Map<string, TenantIncrements>();

  constructor(
    private readonly rules: MeterRules,
    items: readonly Item[],
    private readonly known: Known,
  ) {
    for (const item of items) {
      this.stored.set(lockNameOf(item), item);
      this.usageOf(item.tenantCode).set(item.sk, item);
    }
  }

  settle(request: MeterRequest): MeterOutcome {
    const earlier =
      request.idempotency && this.known.answered.get(claimName(request.tenantCode, request.idempotency));
    if (earlier && earlier.fingerprint !== request.idempotency?.fingerprint)
      return { status: 'idempotency_mismatch' };
    if (earlier) return { status: 'replayed', result: earlier.result };
    if (this.isStale(request)) return { status: 'stale' };
    const sorted = this.newEvents(request);
    if ('status' in sorted) return sorted;
    const items = tenantsOf(request).flatMap((code) => [...this.usageOf(code).values()].sort(compareKeys));
    const settlement = this.rules.settle({ items }, request, sorted.fresh);
    if (settlement.status !== 'settled') return settlement;
    const refusal = this.apply(settlement.commands, request);
    if (refusal) return { status: 'failed', refusal };
    this.hours.add(request.tenantCode, settlement.effects);
    const { fresh, duplicates } = sorted;
    return this.accept(request, fresh, { duplicates, standings: settlement.standings });
  }

  private isStale({ checks }: MeterRequest): boolean {
    return checks.some((check) => (this.known.versions.get(lockNameOf(check)) ?? 0) !== check.version);
  }

  /** One step per item, however many requests touched it. */
  steps() {
    return [...this.increments.entries()]
      .map(([name, { input, origin }]) => {
        const command = { kind: 'increment' as const, ...input };
        const evolution = evolve(this.stored.get(name) ?? null, command, origin);
        if (evolution.status === 'refused')
          throw new Error('merged increments were refused after each was admitted');
        return evolution.status === 'changed' ? { command, item: evolution.item, origin } : null;
      })
      .filter((step) => step !== null)
      .sort((left, right) => compareKeys(left.item, right.item));
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

  private usageOf(tenantCode: string): Map<string, Item> {
    const known = this.working.get(tenantCode) ?? new Map<string, Item>();
    this.working.set(tenantCode, known);
    return known;
  }

  private apply(commands: readonly IncrementInput[], request: MeterRequest): Refusal | null {
    const changed = new Map<string, Item>();
    for (const command of commands) {
      const name = lockNameOf(command);
      const before = changed.get(name) ?? this.usageOf(tenantOf(command)).get(command.sk) ?? null;
      const evolution = evolve(before, { kind: 'increment', ...command }, request.origin);
      if (evolution.status === 'refused') return evolution.refusal;
      if (evolution.status === 'changed') changed.set(name, evolution.item);
    }
    for (const item of changed.values()) this.usageOf(item.tenantCode).set(item.sk, item);
    for (const command of commands) {
      const name = lockNameOf(command);
      this.increments.set(name, mergeIncrements(this.increments.get(name), command, request.origin));
    }
    return null;
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

function tenantOf({ pk }: ItemKey): string {
  const tenantCode = tenantOfPk(pk);
  if (tenantCode === null) throw new Error(`${pk} names no tenant`);
  return tenantCode;
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
    const periods = request.events.map(({ periodSk }) => periodSk);
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
