import { createHash } from 'node:crypto';
import {
  canonicalJson,
  type HoursQuery,
  type MeterEffect,
  Quantity,
  tenantScope,
  type UsageHour,
} from '@landlord/kernel';
import { type Reader, type Row, type Transaction } from './database.js';

export interface HourRow extends Row {
  metric: string;
  hour: string;
  dimensions: Readonly<Record<string, string>>;
  quantity: string;
  count: number;
}

/** `$1` to `$7`: one array for each column. */
export const UPSERT_HOURS = `insert into landlord.usage_hour as h
    (tenant_code, metric, hour, dimensions_hash, dimensions, quantity, count)
  select tenant_code, metric, hour, decode(dimensions_hash, 'hex'), dimensions, quantity, count
  from unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::jsonb[], $6::numeric[], $7::bigint[])
    as n(tenant_code, metric, hour, dimensions_hash, dimensions, quantity, count)
  on conflict (tenant_code, metric, hour, dimensions_hash)
    do update set quantity = h.quantity + excluded.quantity, count = h.count + excluded.count`;

/** What a batch adds to hours: one row for each of them, however many events it took. */
export class HourTally {
  private readonly byName = new Map<string, { tenantCode: string; effect: MeterEffect }>();

  add(tenantCode: string, effects: readonly MeterEffect[]): void {
    for (const effect of effects) {
      const { metric, hour, dimensions, quantity, count } = effect;
      const name = `${tenantCode} ${hour} ${metric} ${canonicalJson(dimensions)}`;
      const before = this.byName.get(name)?.effect;
      const sum = before ? Quantity.of(before.quantity).add(Quantity.of(quantity)).toString() : quantity;
      const next = { ...effect, quantity: sum, count: (before?.count ?? 0) + count };
      this.byName.set(name, { tenantCode, effect: next });
    }
  }

  async write(transaction: Transaction): Promise<void> {
    const rows = [...this.byName.values()];
    if (rows.length > 0) await transaction.query(UPSERT_HOURS, hourColumns(rows));
  }
}

function hourColumns(rows: readonly { tenantCode: string; effect: MeterEffect }[]): unknown[][] {
  const texts = rows.map(({ effect }) => canonicalJson(effect.dimensions));
  return [
    rows.map(({ tenantCode }) => tenantCode),
    rows.map(({ effect }) => effect.metric),
    rows.map(({ effect }) => effect.hour),
    texts.map(dimensionsHash),
    texts,
    rows.map(({ effect }) => effect.quantity),
    rows.map(({ effect }) => effect.count),
  ];
}

/** Dimensions may be longer than an index takes. */
export function dimensionsHash(canonicalDimensions: string): string {
  return createHash('sha256').update(canonicalDimensions).digest('hex').slice(0, 32);
}

/** Values of a dimension that are told apart: the largest. */
export const GROUPS_LIMIT = 50;

const READ = `with asked as (
    select metric, hour, dimensions ->> $5 as value, quantity, count from landlord.usage_hour
    where tenant_code = $1 and hour >= $2 and hour < $3 and ($4::text is null or metric = $4)
  ), largest as (
    select value from asked where value is not null
    group by value order by sum(quantity) desc, value collate "C" limit ${GROUPS_LIMIT}
  )
  select metric, hour, largest.value as "group", sum(quantity) as quantity, sum(count)::bigint as count
  from asked left join largest using (value)
  group by 1, 2, 3 order by metric, hour, largest.value collate "C" limit $6`;

interface UsageHourRow extends Row {
  metric: string;
  hour: string;
  group: string | null;
  quantity: string;
  count: number;
}

/** By metric, hour and group. Behind the wall of the tenant. */
export async function readHours(
  database: Reader,
  { tenantCode, from, until, metric, groupBy, limit }: HoursQuery,
): Promise<readonly UsageHour[]> {
  const rows = await database.read<UsageHourRow>(tenantScope(tenantCode), READ, [
    tenantCode,
    from,
    until,
    metric ?? null,
    groupBy ?? null,
    limit + 1,
  ]);
  if (rows.length > limit) throw new Error(`there are more than ${limit} hours`);
  return rows.map(({ metric: name, hour, group, quantity, count }) => {
    return { metric: name, hour, group, quantity: Quantity.of(quantity).toString(), count };
  });
}
