import {
  type ChainHead,
  COMMON_MASTER_PK,
  generateId,
  type ImportOutcome,
  type Item,
  isJsonObject,
  jsonFlaw,
  LandlordError,
  STORE,
  type Store,
  SYSTEM_SCOPE,
  sameJson,
  type TenantRow,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { inputIssues } from '../http/index.js';
import { meterKey } from '../meters/meter.item.js';
import { planVersionSk } from '../plans/plan.item.js';
import { SUBSCRIPTION_TYPE, subscriptionView } from '../subscriptions/subscription.item.js';
import { childKey, TENANT_TYPE, tenantKey } from '../tenants/tenant.item.js';
import { tenantFields } from '../tenants/tenant.schema.js';
import { ownMetersOf, USAGE_TYPE } from '../usage/usage.level.js';
import { type Line, lineError, linesOf } from './file-lines.service.js';
import { FileTotals } from './file-totals.item.js';
import { itemTypeFlaw } from './item-type.schema.js';
import { ancestryFlaw, parentageFlaw } from './tenant-ancestry.item.js';
import { type FileCounts, FileDigest } from './tenant-file.js';
import { type FileLine, type Footer, fileLine, rowFlaw } from './tenant-file.schema.js';

/** Each holds a transaction open as long as its sender takes. */
export const IMPORTS_AT_ONCE = 2;
/** As many items as are read at once. */
const KEYS_LIMIT = 100;
const ORDER = [
  'tenant-export',
  'item',
  'command',
  'removed',
  'event',
  'eventId',
  'hour',
  'sighting',
  'footer',
];

export interface ImportedTenant {
  readonly tenantCode: string;
  readonly counts: FileCounts;
}

/** Takes over a tenant from a file that nobody vouches for: each line is checked, and then all of them together. */
@Injectable()
export class ImportService {
  private running = 0;

  constructor(@Inject(STORE) private readonly store: Store) {}

  /** All or nothing. `already_exists` when the code is taken, `validation_failed` naming the line. */
  async import(bytes: AsyncIterable<Uint8Array>): Promise<ImportedTenant> {
    if (this.running >= IMPORTS_AT_ONCE)
      throw new LandlordError('rate_limited', `${IMPORTS_AT_ONCE} imports are running already`, {
        retryAfterSeconds: 10,
      });
    this.running += 1;
    const file = new TenantFile(linesOf(bytes), (item, head) => this.surroundingsFlaw(item, head));
    try {
      const tenantCode = await file.readHeader();
      const outcome = await this.store.importTenant(tenantCode, file.rows());
      if (outcome.status === 'imported') return { tenantCode, counts: file.counts };
      throw outcome.status === 'exists' ? taken(tenantCode) : inconsistent(outcome, file);
    } finally {
      this.running -= 1;
      await file.close();
    }
  }

  /** What an item rests on that is not in the file must be here. */
  private async surroundingsFlaw(item: Item, head: ChainHead): Promise<string | null> {
    if (item.type === TENANT_TYPE) return this.tenantFlaw(item, head);
    if (item.type === USAGE_TYPE) return this.metersFlaw(item);
    return item.type === SUBSCRIPTION_TYPE ? this.planFlaw(item) : null;
  }

  private async planFlaw(item: Item): Promise<string | null> {
    const { planCode, planVersion } = subscriptionView(item);
    const key = { pk: COMMON_MASTER_PK, sk: planVersionSk(planCode, planVersion) };
    if (await this.store.get(SYSTEM_SCOPE, key)) return null;
    return `is of plan "${planCode}" version ${planVersion}, which is not here: create that first`;
  }

  /** What no meter here counts would not be carried into the next month. */
  private async metersFlaw(item: Item): Promise<string | null> {
    const own = [...ownMetersOf(item)];
    for (let from = 0; from < own.length; from += KEYS_LIMIT) {
      const codes = own.slice(from, from + KEYS_LIMIT);
      const found = await this.store.getMany(SYSTEM_SCOPE, codes.map(meterKey));
      const stranger = codes.find((_, index) => !found[index]);
      if (stranger !== undefined)
        return `counts the meter "${stranger}", which is not here: create that first`;
    }
    return null;
  }

  /** What is wrong with the tenant's own record, or null: what it stands below must be here and know of it. */
  private async tenantFlaw(item: Item, { isSealed }: { isSealed: boolean }): Promise<string | null> {
    const { code, name, attributes, isDeleted } = item;
    const tenant = tenantFields.parse({ ...attributes, code, name });
    if (isDeleted) return 'is the tenant, deleted';
    if ((tenant.status === 'erased') !== isSealed)
      return `is ${tenant.status}, but its chain is ${isSealed ? '' : 'not '}sealed`;
    const flaw = ancestryFlaw(tenant);
    if (flaw !== null || tenant.parentCode === null) return flaw;
    const keys = [...tenant.ancestors.map(tenantKey), childKey(tenant.parentCode, code)];
    const found = await this.store.getMany(SYSTEM_SCOPE, keys);
    return parentageFlaw(tenant, { above: found.slice(0, -1), link: found.at(-1) ?? null });
  }
}

/** The lines of a file as rows, checked one by one. */
class TenantFile {
  private readonly digest = new FileDigest();
  private tenantCode = '';
  private head: Extract<TenantRow, { kind: 'head' }> | null = null;
  private place = 0;
  private unchained = 0;
  private sequence = 0;
  private isWhole = false;
  private readonly totals = new FileTotals();

  constructor(
    private readonly lines: AsyncGenerator<Line>,
    private readonly surroundingsFlaw: (item: Item, head: ChainHead) => Promise<string | null>,
  ) {}

  get counts(): FileCounts {
    return this.digest.counts;
  }

  /** The line of an entry of the chain: header, items, commands from before, and then by sequence. */
  lineOf(sequence: number): number {
    return 1 + this.counts.items + this.unchained + sequence;
  }

  async readHeader(): Promise<string> {
    const { value: line } = await this.lines.next();
    if (!line) throw lineError(1, 'is missing: the body is empty');
    const header = parsed(line);
    if (header.kind !== 'tenant-export') throw lineError(1, 'is not the header of a tenant export');
    const { tenantCode, head } = header;
    this.tenantCode = tenantCode;
    this.head = { kind: 'head', head: { tenantCode, ...head } };
    this.digest.add('head', line.text);
    return tenantCode;
  }

  async *rows(): AsyncGenerator<TenantRow> {
    const { head } = this;
    if (!head) throw new Error('the header is read first');
    yield head;
    let last = 1;
    for await (const line of this.lines) {
      last = line.number;
      if (this.isWhole) throw lineError(line.number, 'comes after the footer');
      const content = parsed(line);
      if (content.kind === 'footer') this.takeFooter(content, line);
      else {
        const row = this.takeRow(content, line);
        if (row.kind === 'item') await this.requireItem(row.item, line, head.head);
        yield row;
      }
    }
    if (!this.isWhole) throw lineError(last + 1, 'is missing: the file has no footer, so it was cut');
    const flaw = this.totals.flaw(head.head);
    if (flaw !== null) throw lineError(last, flaw);
  }

  private async requireItem(item: Item, { number }: Line, head: ChainHead): Promise<void> {
    const flaw = itemTypeFlaw(item) ?? this.totals.take(item) ?? (await this.surroundingsFlaw(item, head));
    if (flaw !== null) throw lineError(number, flaw);
  }

  async close(): Promise<void> {
    await this.lines.return(undefined);
  }

  private takeRow(content: Exclude<FileLine, { kind: 'footer' }>, { number, text }: Line): TenantRow {
    if (content.kind === 'tenant-export') throw lineError(number, 'is a second header');
    this.requireOrder(content.kind, number);
    const flaw = rowFlaw(content, this.tenantCode) ?? this.sequenceFlaw(content);
    if (flaw !== null) throw lineError(number, flaw);
    this.digest.add(content.kind, text);
    return content;
  }

  /** Those from before the chain come first, and then each sequence. */
  private sequenceFlaw(row: TenantRow): string | null {
    if (row.kind !== 'command' && row.kind !== 'removed') return null;
    const link = row.kind === 'command' ? row.command.link : row.link;
    if (!link) {
      this.unchained += 1;
      return this.sequence === 0 ? null : 'is outside of the chain, and those come before it';
    }
    this.sequence += 1;
    return link.sequence === this.sequence ? null : `has the sequence ${link.sequence}, not ${this.sequence}`;
  }

  /** Commands and removed ones are mixed. */
  private requireOrder(kind: string, number: number): void {
    const place = ORDER.indexOf(kind === 'removed' ? 'command' : kind);
    if (place < this.place) throw lineError(number, `is out of order: "${kind}" comes earlier in an export`);
    this.place = place;
  }

  private takeFooter({ counts, sha256 }: Footer, { number }: Line): void {
    const isCounted = sameJson({ ...counts }, { ...this.digest.counts });
    if (!isCounted) throw lineError(number, 'counts other lines than there are: some were lost or added');
    if (this.digest.sha256() !== sha256)
      throw lineError(number, 'has a hash of other bytes: the file was changed');
    this.isWhole = true;
  }
}

function parsed({ number, text }: Line): FileLine {
  const value = jsonOf(text, number);
  // What an item may hold stands up to three levels deeper in a line.
  const flaw = jsonFlaw(value, '', -3);
  if (flaw) throw lineError(number, `${flaw.path} ${flaw.message}`);
  if (!isJsonObject(value)) throw lineError(number, 'is not a JSON object');
  const result = fileLine.safeParse(value);
  if (result.success) return result.data;
  const [issue] = inputIssues(result.error);
  throw lineError(number, [issue?.path, issue?.message].filter(Boolean).join(' '));
}

function jsonOf(text: string, number: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw lineError(number, 'is not JSON');
  }
}

function taken(tenantCode: string): LandlordError {
  return new LandlordError('already_exists', `there is something of a tenant "${tenantCode}" already`);
}

function inconsistent(
  { sequence, key, message }: Extract<ImportOutcome, { status: 'inconsistent' }>,
  file: TenantFile,
): LandlordError {
  if (sequence !== null) return lineError(file.lineOf(sequence), message);
  const item = key ? `${generateId(key.pk, key.sk)}: ` : '';
  return new LandlordError('validation_failed', `${item}${message}`, { errors: [{ path: '', message }] });
}
