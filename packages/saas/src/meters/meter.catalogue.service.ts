import {
  COMMON_MASTER_PK,
  type Item,
  type ItemKey,
  invalidInput,
  STORE,
  type Store,
  SYSTEM_SCOPE,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { MeterCatalogue } from './meter.catalogue.js';
import { METER_TALLY_KEY, METER_TYPE, meterFromItem } from './meter.item.js';
import { METERS_LIMIT } from './meter.js';
import { meterFrom } from './meter.rules.js';

const PAGE_SIZE = 200;

/** The meters, kept in memory for the many requests that count. */
@Injectable()
export class MeterCatalogueService {
  private kept: MeterCatalogue | null = null;

  constructor(@Inject(STORE) private readonly store: Store) {}

  /** As they were when they were last read: good for what is checked against `check` anyway. */
  async known(): Promise<MeterCatalogue> {
    return this.kept ?? this.current();
  }

  /** As they are. */
  async current(): Promise<MeterCatalogue> {
    // The version first: meters that change while they are read make it an older one, which no check passes.
    const tally = await this.store.get(SYSTEM_SCOPE, METER_TALLY_KEY);
    const version = tally?.version ?? 0;
    if (this.kept?.version === version) return this.kept;
    const items = version === 0 ? [] : await this.items();
    this.kept = new MeterCatalogue(items.map(meterFromItem).map(meterFrom), version);
    return this.kept;
  }

  /** Throws `validation_failed` naming the first of the names under `path` that is no meter; a retired one is. */
  async requireMeters(path: string, names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    const known = new Set((await this.current()).all.map(({ metric }) => metric));
    const stranger = names.find((name) => !known.has(name));
    if (stranger === undefined) return;
    throw invalidInput(`${path}.${stranger}`, `there is no meter "${stranger}"; see GET /meters`);
  }

  /** Every meter of which an operator has said something, by code. */
  async items(): Promise<Item[]> {
    const items: Item[] = [];
    let cursor: string | null = null;
    do {
      const place: { cursor?: string } = cursor === null ? {} : { cursor };
      const sk = { beginsWith: `${METER_TYPE}#` };
      const page = await this.store.query(SYSTEM_SCOPE, {
        pk: COMMON_MASTER_PK,
        sk,
        limit: PAGE_SIZE,
        ...place,
      });
      items.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null && items.length <= METERS_LIMIT);
    return items;
  }
}

/** What a request rests on that was made with the catalogue. */
export function catalogueCheck({ version }: MeterCatalogue): ItemKey & { readonly version: number } {
  return { ...METER_TALLY_KEY, version };
}
