import {
  generateId,
  type ImportOutcome,
  type Item,
  isJsonObject,
  isTenantCode,
  jsonFlaw,
  LandlordError,
  STORE,
  type Store,
  SYSTEM_SCOPE,
  type TenantRow,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { inputIssues } from '../http/index.js';
import { TREE_LEVELS_LIMIT } from '../tenants/tenant.hierarchy.js';
import { TENANT_TYPE, tenantKey } from '../tenants/tenant.item.js';
import { tenantFields } from '../tenants/tenant.schema.js';
import { type Line, lineError, linesOf } from './file-lines.service.js';
import { type FileCounts, FileDigest } from './tenant-file.js';
import { type FileLine, type Footer, fileLine, rowFlaw } from './tenant-file.schema.js';

/** Each holds a transaction open as long as its sender takes. */
export const IMPORTS_AT_ONCE = 2;
const ORDER = ['tenant-export', 'item', 'command', 'removed', 'event', 'footer'];

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
    const file = new TenantFile(linesOf(bytes), (item) => this.tenantFlaw(item));
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

  /** What is wrong with the tenant's own record, or null: it must be readable, and what it stands below must be here. */
  private async tenantFlaw({ code, name, attributes }: Item): Promise<string | null> {
    const parsed = tenantFields.safeParse({ ...attributes, code, name });
    if (!parsed.success) return `is no tenant: ${inputIssues(parsed.error)[0]?.path ?? 'it'} is wrong`;
    const { ancestors, billing } = parsed.data;
    if (!ancestors.every(isTenantCode) || ancestors.length >= TREE_LEVELS_LIMIT)
      return 'is no tenant: ancestors is wrong';
    if (billing === 'parent' && ancestors.length === 0) return 'lives on a parent, but has none';
    const above = await this.store.getMany(SYSTEM_SCOPE, ancestors.map(tenantKey));
    const missing = ancestors.find((_, index) => !above[index]);
    return missing === undefined ? null : `stands below "${missing}", which is not here: import that first`;
  }
}

/** The lines of a file as rows, checked one by one. */
class TenantFile {
  private readonly digest = new FileDigest();
  private tenantCode = '';
  private head: TenantRow | null = null;
  private place = 0;
  private unchained = 0;
  private sequence = 0;
  private isWhole = false;
  private hasTenant = false;

  constructor(
    private readonly lines: AsyncGenerator<Line>,
    private readonly tenantFlaw: (item: Item) => Promise<string | null>,
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
    if (this.head) yield this.head;
    let last = 1;
    for await (const line of this.lines) {
      last = line.number;
      if (this.isWhole) throw lineError(line.number, 'comes after the footer');
      const content = parsed(line);
      if (content.kind === 'footer') this.takeFooter(content, line);
      else {
        const row = this.takeRow(content, line);
        await this.requireTenant(row, line);
        yield row;
      }
    }
    if (!this.isWhole) throw lineError(last + 1, 'is missing: the file has no footer, so it was cut');
    if (!this.hasTenant) throw lineError(last, 'ends a file without the tenant itself');
  }

  private async requireTenant(row: TenantRow, { number }: Line): Promise<void> {
    if (row.kind !== 'item' || row.item.type !== TENANT_TYPE) return;
    const flaw = await this.tenantFlaw(row.item);
    if (flaw !== null) throw lineError(number, flaw);
    this.hasTenant = true;
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
    const { items, commands, removed, events } = this.digest.counts;
    const isCounted =
      counts.items === items &&
      counts.commands === commands &&
      counts.removed === removed &&
      counts.events === events;
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
