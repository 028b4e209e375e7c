import {
  type Clock,
  type Command,
  CommandService,
  type CommitResult,
  compareText,
  DataService,
  DEFAULT_FEED_OPTIONS,
  type DueQuery,
  evolve,
  FeedRunner,
  generateId,
  type InvokeContext,
  type Item,
  type ItemKey,
  type ItemQuery,
  type JsonValue,
  type Page,
  type PageRequest,
  type Store,
  type UnitGroup,
  type UnitOfWork,
  type UnitResult,
  VERSION_FIRST,
} from '@landlord/kernel';

export const START = '2024-01-01T00:00:00.000Z';

export const OPERATOR: InvokeContext = {
  user: { userId: 'operator', tenantCode: null, roles: ['system_admin'] },
  requestId: 'req-1',
  source: 'test',
  ip: null,
  idempotency: null,
};

export function underKey(key: string, fingerprint = 'same'): InvokeContext {
  return { ...OPERATOR, idempotency: { owner: 'operator', key, fingerprint } };
}

/** Items in memory, changed by `evolve` as in any store. Every call gives way to others first. */
export class FakeItemStore {
  readonly items = new Map<string, Item>();
  commits = 0;
  /** Runs before each commit, as another process might; throws to fail it. */
  beforeCommit: (unit: UnitOfWork) => void = () => undefined;
  private readonly answers = new Map<string, { fingerprint: string; result: JsonValue }>();

  put(...commands: readonly Command[]): void {
    const origin = { userId: 'test', requestId: 'put', source: 'test', ip: null, at: START };
    for (const command of commands) {
      const key = generateId(command.pk, command.sk);
      const evolution = evolve(this.items.get(key) ?? null, command, origin);
      if (evolution.status !== 'changed') throw new Error(JSON.stringify(evolution));
      this.items.set(key, evolution.item);
    }
  }

  async get(_scope: unknown, { pk, sk }: ItemKey): Promise<Item | null> {
    await Promise.resolve();
    return this.items.get(generateId(pk, sk)) ?? null;
  }

  async query(_scope: unknown, query: ItemQuery): Promise<Page<Item>> {
    const { pk, sk, includeDeleted = false } = query;
    const prefix = sk && 'beginsWith' in sk ? sk.beginsWith : '';
    const [from, to] = sk && 'between' in sk ? sk.between : [prefix, `${prefix}\uffff`];
    const found = this.all().filter((item) => item.pk === pk && item.sk >= from && item.sk <= to);
    return pageOf(
      found.filter(({ isDeleted }) => includeDeleted || !isDeleted),
      query,
    );
  }

  async itemsByType(_scope: unknown, query: PageRequest & { type: string }): Promise<Page<Item>> {
    return pageOf(
      this.all().filter(({ type }) => type === query.type),
      query,
    );
  }

  async itemsByCode(
    _scope: unknown,
    query: PageRequest & { tenantCode: string; type: string; code: string },
  ): Promise<Page<Item>> {
    const { tenantCode, type, code } = query;
    const isMeant = (item: Item) =>
      item.tenantCode === tenantCode && item.type === type && item.code === code;
    return pageOf(this.all().filter(isMeant), query);
  }

  async getMany(_scope: unknown, keys: readonly ItemKey[]): Promise<readonly (Item | null)[]> {
    await Promise.resolve();
    return keys.map(({ pk, sk }) => this.items.get(generateId(pk, sk)) ?? null);
  }

  async dueItems(_scope: unknown, { part, ...query }: DueQuery): Promise<Page<Item>> {
    await Promise.resolve();
    const due = this.all().filter(
      ({ dueAt, type, pk }) =>
        dueAt !== null &&
        dueAt <= query.until &&
        type === query.type &&
        (!part || sumOf(pk) % part.of === part.index),
    );
    return pageOf(due, query, dueKeyOf);
  }

  async commitEach({ units, ...cause }: UnitGroup): Promise<readonly UnitResult[]> {
    await Promise.resolve();
    for (const unit of units) this.beforeCommit({ ...cause, ...unit });
    return units.map((unit) => this.carriedOut({ ...cause, ...unit }) as UnitResult);
  }

  async commit(unit: UnitOfWork): Promise<CommitResult> {
    await Promise.resolve();
    this.beforeCommit(unit);
    const { idempotency } = unit;
    const kept = idempotency && this.answers.get(idempotency.key);
    if (kept)
      return kept.fingerprint === idempotency.fingerprint
        ? { status: 'replayed', result: kept.result }
        : { status: 'idempotency_mismatch' };
    const outcome = this.carriedOut(unit);
    if (outcome.status !== 'committed' || !idempotency) return outcome;
    const result = idempotency.respond(outcome.items);
    this.answers.set(idempotency.key, { fingerprint: idempotency.fingerprint, result });
    return { ...outcome, result };
  }

  private carriedOut(unit: UnitOfWork): CommitResult {
    for (const { version: givenVersion, ...key } of unit.checks ?? []) {
      const currentVersion = this.items.get(generateId(key.pk, key.sk))?.version ?? VERSION_FIRST;
      if (givenVersion !== currentVersion)
        return {
          status: 'refused',
          refusal: { reason: 'version_conflict', key, givenVersion, currentVersion },
        };
    }
    const written: (Item | null)[] = [];
    for (const command of unit.commands) {
      const before = this.items.get(generateId(command.pk, command.sk)) ?? null;
      const evolution = evolve(before, command, unit.origin);
      if (evolution.status === 'refused') return evolution;
      written.push(evolution.status === 'changed' ? evolution.item : null);
    }
    for (const item of written) if (item) this.items.set(generateId(item.pk, item.sk), item);
    this.commits += 1;
    return { status: 'committed', items: written };
  }

  private all(): Item[] {
    return [...this.items.values()];
  }
}

const sumOf = (text: string) => [...text].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0);
const idOf = ({ pk, sk }: Item) => generateId(pk, sk);
const dueKeyOf = (item: Item) => `${item.dueAt} ${idOf(item)}`;

/** The cursor is the key of the last item, so that pages go on though items before it have changed. */
function pageOf(
  found: readonly Item[],
  { limit, cursor, order = 'asc' }: PageRequest & { order?: 'asc' | 'desc' },
  keyOf: (item: Item) => string = idOf,
): Page<Item> {
  const sign = order === 'asc' ? 1 : -1;
  const sorted = found.toSorted((left, right) => sign * compareText(keyOf(left), keyOf(right)));
  const rest = sorted.filter((item) => cursor === undefined || sign * compareText(keyOf(item), cursor) > 0);
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rest.length > limit && last ? keyOf(last) : null };
}

/** The services of the kernel over a store in memory. */
export function openItemStore(clock: Clock = { now: () => START }, items = new FakeItemStore()) {
  const store = items as unknown as Store;
  return {
    items,
    store,
    clock,
    dataService: new DataService(store),
    commandService: new CommandService(store, clock, new FeedRunner(store, DEFAULT_FEED_OPTIONS)),
  };
}
