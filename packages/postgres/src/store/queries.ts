import {
  type AuditQuery,
  type CommandRecord,
  type DueQuery,
  type Item,
  type ItemKey,
  type ItemQuery,
  type JsonValue,
  type Page,
  type PageRequest,
  type Scope,
  type SortKeyCondition,
} from '@landlord/kernel';
import { decodeCursor, encodeCursor } from './cursor.js';
import { type Reader } from './database.js';
import {
  COMMAND_COLUMNS,
  type CommandRow,
  commandFromRow,
  ITEM_COLUMNS,
  type ItemRow,
  itemFromRow,
} from './rows.js';

export const PAGE_LIMIT = 200;

/** Collects conditions and the parameters they refer to. */
class Conditions {
  readonly parameters: unknown[] = [];
  private readonly terms: string[] = [];

  /** `$` in the term stands for the value; a term without a value takes none. */
  add(term: string, ...values: readonly unknown[]): this {
    const references = values.map((value) => `$${this.parameters.push(value)}`);
    let index = 0;
    this.terms.push(term.replaceAll('?', () => references[index++] ?? '?'));
    return this;
  }

  parameter(value: unknown): string {
    return `$${this.parameters.push(value)}`;
  }

  get where(): string {
    return this.terms.length === 0 ? 'true' : this.terms.join(' and ');
  }
}

/** The highest text in byte order that begins with no valid character: closes a prefix range. */
const AFTER_ALL = '\u{10FFFF}';

export async function queryItems(database: Reader, scope: Scope, query: ItemQuery): Promise<Page<Item>> {
  const { pk, sk, order = 'asc', includeDeleted = false, limit, cursor } = query;
  const binding: JsonValue = ['query', pk, skBinding(sk), order, includeDeleted];
  const place = decodeCursor(binding, cursor, 1);
  const conditions = new Conditions().add('pk = ?', pk);
  addSortKeyCondition(conditions, sk);
  if (!includeDeleted) conditions.add('not is_deleted');
  if (place) conditions.add(order === 'asc' ? 'sk > ?' : 'sk < ?', place[0]);
  const rows = await selectItems(database, scope, conditions, `sk ${order}`, limit);
  return page(rows, limit, itemFromRow, (row) => encodeCursor(binding, [row.sk]));
}

function skBinding(sk: SortKeyCondition | undefined): JsonValue {
  if (!sk) return null;
  return 'beginsWith' in sk ? ['beginsWith', sk.beginsWith] : ['between', ...sk.between];
}

function addSortKeyCondition(conditions: Conditions, sk: SortKeyCondition | undefined): void {
  if (!sk) return;
  if ('between' in sk) {
    conditions.add('sk between ? and ?', ...sk.between);
    return;
  }
  if (sk.beginsWith === '') return;
  conditions
    .add('sk >= ?', sk.beginsWith)
    .add('sk < ?', `${sk.beginsWith}${AFTER_ALL}`)
    .add('starts_with(sk, ?)', sk.beginsWith);
}

export function itemsByCode(
  database: Reader,
  scope: Scope,
  { tenantCode, type, code, limit, cursor }: PageRequest & { tenantCode: string; type: string; code: string },
): Promise<Page<Item>> {
  const conditions = new Conditions()
    .add('tenant_code = ?', tenantCode)
    .add('type = ?', type)
    .add('code = ?', code);
  return lookUp(database, scope, conditions, ['code', tenantCode, type, code], { limit, cursor });
}

export function itemsByType(
  database: Reader,
  scope: Scope,
  { tenantCode, type, limit, cursor }: PageRequest & { tenantCode?: string; type: string },
): Promise<Page<Item>> {
  const conditions = new Conditions().add('type = ?', type);
  if (tenantCode !== undefined) conditions.add('tenant_code = ?', tenantCode);
  return lookUp(database, scope, conditions, ['type', tenantCode ?? null, type], { limit, cursor });
}

async function lookUp(
  database: Reader,
  scope: Scope,
  conditions: Conditions,
  binding: JsonValue,
  { limit, cursor }: { limit: number; cursor: string | undefined },
): Promise<Page<Item>> {
  const place = decodeCursor(binding, cursor, 3);
  conditions.add('not is_deleted');
  if (place) conditions.add('(tenant_code, pk, sk) > (?, ?, ?)', ...place);
  const rows = await selectItems(database, scope, conditions, 'tenant_code, pk, sk', limit);
  return page(rows, limit, itemFromRow, (row) => encodeCursor(binding, [row.tenant_code, row.pk, row.sk]));
}

export async function dueItems(
  database: Reader,
  scope: Scope,
  { type, until, part, limit, cursor }: DueQuery,
): Promise<Page<Item>> {
  const binding: JsonValue = ['due', type ?? null, until, ...(part ? [part.index, part.of] : [])];
  const place = decodeCursor(binding, cursor, 3);
  const conditions = new Conditions().add('due_at <= ?', until).add('not is_deleted');
  if (type !== undefined) conditions.add('type = ?', type);
  if (part) conditions.add('(hashtextextended(pk, 0) & 2147483647) % ? = ?', part.of, part.index);
  if (place) conditions.add('(due_at, pk, sk) > (?::timestamptz, ?, ?)', ...place);
  const rows = await selectItems(database, scope, conditions, 'due_at, pk, sk', limit, { byIndex: true });
  return page(rows, limit, itemFromRow, (row) => encodeCursor(binding, [row.due_at ?? '', row.pk, row.sk]));
}

function selectItems(
  database: Reader,
  scope: Scope,
  conditions: Conditions,
  order: string,
  limit: number,
  how: { byIndex?: boolean } = {},
): Promise<ItemRow[]> {
  const sql = `select ${ITEM_COLUMNS} from landlord.item where ${conditions.where}
    order by ${order} limit ${conditions.parameter(boundedLimit(limit) + 1)}`;
  return database.read<ItemRow>(scope, sql, conditions.parameters, how);
}

export async function versionsOf(
  database: Reader,
  scope: Scope,
  key: ItemKey,
  { limit, cursor, order = 'asc' }: PageRequest & { order?: 'asc' | 'desc' },
): Promise<Page<CommandRecord>> {
  const binding: JsonValue = ['versions', key.pk, key.sk, order];
  const place = decodeCursor(binding, cursor, 1);
  const conditions = new Conditions().add('pk = ?', key.pk).add('sk = ?', key.sk);
  if (place) conditions.add(order === 'asc' ? 'version > ?' : 'version < ?', wholeNumber(place[0]));
  const rows = await selectCommands(database, scope, conditions, `version ${order}`, limit);
  return page(rows, limit, commandFromRow, (row) => encodeCursor(binding, [String(row.version)]));
}

export async function versionAsOf(
  database: Reader,
  scope: Scope,
  key: ItemKey,
  instant: string,
): Promise<CommandRecord | null> {
  const conditions = new Conditions().add('pk = ?', key.pk).add('sk = ?', key.sk).add('at <= ?', instant);
  const [row] = await selectCommands(database, scope, conditions, 'version desc', 1);
  return row ? commandFromRow(row) : null;
}

/** By the command last seen, not by its position: that counts what everybody does, and a cursor can be read. */
function addPlaceInLog(conditions: Conditions, [pk, sk, version]: readonly string[]): void {
  conditions.add(
    'position < (select position from landlord.command where pk = ? and sk = ? and version = ?)',
    pk,
    sk,
    wholeNumber(version),
  );
}

export async function auditCommands(
  database: Reader,
  scope: Scope,
  { key, type, userId, until, limit, cursor }: AuditQuery,
): Promise<Page<CommandRecord>> {
  const asked = [type ?? null, userId ?? null, until ?? null];
  const binding: JsonValue = ['audit', key ? [key.pk, key.sk] : null, ...asked];
  const place = decodeCursor(binding, cursor, 3);
  const conditions = new Conditions();
  if (scope.kind === 'tenant') conditions.add('tenant_code = ?', scope.tenantCode);
  if (key) conditions.add('pk = ?', key.pk).add('sk = ?', key.sk);
  if (type !== undefined) conditions.add('type = ?', type);
  if (userId !== undefined) conditions.add('user_id = ?', userId);
  if (until !== undefined) conditions.add('at <= ?', until);
  if (place) addPlaceInLog(conditions, place);
  const rows = await selectCommands(database, scope, conditions, 'position desc', limit);
  return page(rows, limit, commandFromRow, (row) =>
    encodeCursor(binding, [row.pk, row.sk, String(row.version)]),
  );
}

function selectCommands(
  database: Reader,
  scope: Scope,
  conditions: Conditions,
  order: string,
  limit: number,
): Promise<CommandRow[]> {
  const sql = `select ${COMMAND_COLUMNS} from landlord.command where ${conditions.where}
    order by ${order} limit ${conditions.parameter(boundedLimit(limit) + 1)}`;
  return database.read<CommandRow>(scope, sql, conditions.parameters);
}

export function boundedLimit(limit: number): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= PAGE_LIMIT) return limit;
  throw new Error(`a page holds 1 to ${PAGE_LIMIT} entries, not ${limit}`);
}

function wholeNumber(text: string | undefined): number {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : 0;
}

/** One row more than asked for tells whether there is a next page. */
export function page<TRow, T>(
  rows: readonly TRow[],
  limit: number,
  map: (row: TRow) => T,
  cursorAfter: (row: TRow) => string,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown.map(map), nextCursor: rows.length > limit && last ? cursorAfter(last) : null };
}
