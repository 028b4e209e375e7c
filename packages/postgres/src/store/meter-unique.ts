import { type MeterReading, type MeterRequest, type MeterSighting, SYSTEM_SCOPE } from '@landlord/kernel';
import { type Database, type Row, type Transaction } from './database.js';

interface SightingRow extends Row {
  tenant_code: string;
  metric: string;
  value: string;
  period_sk: string;
}

interface Wanted {
  readonly tenantCode: string;
  readonly metric: string;
  readonly value: string;
  /** Null: whenever it was. */
  readonly periodSk: string | null;
}

/** The values that unique meters have counted, as far as the requests of a batch name them; new ones are added. */
export class Sightings {
  private readonly added: (MeterSighting & { isCarried: boolean })[] = [];

  private constructor(readonly known: readonly MeterSighting[]) {}

  static async load(transaction: Transaction, requests: readonly MeterRequest[]): Promise<Sightings> {
    const wanted = requests.flatMap(wantedBy);
    if (wanted.length === 0) return new Sightings([]);
    const rows = await transaction.query<SightingRow>(
      `select distinct u.tenant_code, u.metric, u.value, u.period_sk
       from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as w(tenant_code, metric, value, period_sk)
       join landlord.usage_sighting u using (tenant_code, metric, value)
       where w.period_sk is null or u.period_sk = w.period_sk`,
      [
        wanted.map(({ tenantCode }) => tenantCode),
        wanted.map(({ metric }) => metric),
        wanted.map(({ value }) => value),
        wanted.map(({ periodSk }) => periodSk),
      ],
    );
    const known = rows.map(({ tenant_code: tenantCode, metric, value, period_sk: periodSk }) => {
      return { tenantCode, metric, value, periodSk };
    });
    return new Sightings(known);
  }

  add({ carried }: MeterRequest, sightings: readonly MeterSighting[]): void {
    for (const sighting of sightings)
      this.added.push({ ...sighting, isCarried: carried.has(sighting.metric) });
  }

  async write(transaction: Transaction): Promise<void> {
    const { added } = this;
    if (added.length === 0) return;
    await transaction.query(
      `insert into landlord.usage_sighting (tenant_code, metric, value, period_sk, is_carried)
       select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[])`,
      [
        added.map(({ tenantCode }) => tenantCode),
        added.map(({ metric }) => metric),
        added.map(({ value }) => value),
        added.map(({ periodSk }) => periodSk),
        added.map(({ isCarried }) => isCarried),
      ],
    );
  }
}

function wantedBy({ tenantCode, events, carried }: MeterRequest): Wanted[] {
  return events.flatMap(({ periodSk, readings }) =>
    readings.filter(isUnique).map(({ metric, value }) => ({
      tenantCode,
      metric,
      value,
      periodSk: carried.has(metric) ? null : periodSk,
    })),
  );
}

function isUnique(reading: MeterReading): reading is MeterReading & { readonly value: string } {
  return reading.mode === 'unique' && reading.value !== undefined;
}

/** How many rows went. What counts ever is kept. */
export async function forgetSightings(
  database: Database,
  beforePeriodSk: string,
  limit: number,
): Promise<number> {
  const rows = await database.transaction(SYSTEM_SCOPE, (transaction) =>
    transaction.query(
      `delete from landlord.usage_sighting where (tenant_code, metric, value, period_sk) in (
         select tenant_code, metric, value, period_sk from landlord.usage_sighting
         where period_sk < $1 and not is_carried order by period_sk limit $2)
       returning period_sk`,
      [beforePeriodSk, limit],
    ),
  );
  return rows.length;
}
