import {
  CHAIN_START,
  type Command,
  type Counts,
  certificateJson,
  ERASURE_PREFIX,
  ERASURE_TYPE,
  type EraseOutcome,
  type EraseRequest,
  type ErasureCertificate,
  evolve,
  type Item,
  remainderHashOf,
  SYSTEM_SCOPE,
  TENANT_SK,
  tenantPk,
  VERSION_FIRST,
} from '@landlord/kernel';
import { CHAIN_HEAD_COLUMNS, type ChainHeadRow, chainHeadFromRow } from './chain.js';
import { type Database, type Row, type Transaction } from './database.js';
import { portable } from './export.js';
import { claimKey, keepResult } from './idempotency.js';
import { load } from './lock.js';
import {
  COMMAND_COLUMNS,
  type CommandRow,
  commandFromRow,
  ITEM_COLUMNS,
  type ItemRow,
  itemFromRow,
  rowFromItem,
} from './rows.js';
import { type Step, writeSteps } from './write.js';

const CHUNK_ROWS = 200;

/**
 * One transaction: claim the idempotency key; lock the tenant's items, then the head of its chain; learn whom the erased items name; redact or
 * remove every command, then every item, then what else names them; write the certificate and seal the chain.
 */
export function eraseTenant(database: Database, request: EraseRequest): Promise<EraseOutcome> {
  const { tenantCode, origin, idempotency } = request;
  return database.transaction<EraseOutcome>(
    { kind: 'erasure', tenantCode },
    async (transaction, rollback) => {
      await transaction.query('set local statement_timeout = 0');
      await transaction.readByIndex();
      if (idempotency) {
        const kept = await claimKey(transaction, SYSTEM_SCOPE, idempotency, origin.at);
        if (kept) return rollback(kept);
      }
      const erased = (certificate: ErasureCertificate): EraseOutcome => {
        if (idempotency) keepResult(transaction, SYSTEM_SCOPE, idempotency, idempotency.respond(certificate));
        return { status: 'erased', certificate };
      };
      await transaction.query(
        'select 1 from landlord.item where tenant_code = $1 order by tenant_code, pk, sk for update',
        [tenantCode],
      );
      const earlier = await findCertificate(transaction, tenantCode);
      if (earlier) return erased(earlier);
      const [tenant] = await load(transaction, [{ pk: tenantPk(tenantCode), sk: TENANT_SK }]);
      if (!tenant || tenant.isDeleted) return rollback({ status: 'absent' });
      const { status } = tenant.attributes;
      if (status !== 'closed') return rollback({ status: 'refused', tenantStatus: String(status) });
      return erased(await new Erasure(transaction, request).run());
    },
  );
}

async function findCertificate(
  transaction: Transaction,
  tenantCode: string,
): Promise<ErasureCertificate | null> {
  const [row] = await transaction.query<ItemRow>(
    `select ${ITEM_COLUMNS} from landlord.item where pk = $1 and starts_with(sk, $2) order by sk limit 1`,
    [tenantPk(tenantCode), ERASURE_PREFIX],
  );
  return row ? (row.attributes as unknown as ErasureCertificate) : null;
}

const LOCK_HEAD = `select ${CHAIN_HEAD_COLUMNS} from landlord.audit_chain where tenant_code = $1 for update`;

const REDACT = `update landlord.command as c
  set input = r.input, item = r.item, user_id = r.user_id, request_id = r.request_id, source = r.source, ip = r.ip, is_redacted = true
  from jsonb_to_recordset($1::jsonb) as r(pk text, sk text, version bigint, input jsonb, item jsonb, user_id text, request_id text,
    source text, ip text)
  where c.pk = r.pk and c.sk = r.sk and c.version = r.version`;

const REMOVE = `with gone as (
    delete from landlord.command as c using unnest($1::text[], $2::text[], $3::bigint[]) as r(pk, sk, version)
    where c.pk = r.pk and c.sk = r.sk and c.version = r.version
    returning c.tenant_code, c.sequence, c.content_hash, c.chain_hash)
  insert into landlord.audit_removed (tenant_code, sequence, content_hash, chain_hash)
  select tenant_code, sequence, content_hash, chain_hash from gone where sequence is not null`;

const REPLACE_ITEMS = `update landlord.item as i
  set code = r.code, name = r.name, attributes = r.attributes, created_by = r.created_by, updated_by = r.updated_by,
    request_id = r.request_id, source = r.source
  from jsonb_populate_recordset(null::landlord.item, $1::jsonb) as r where i.pk = r.pk and i.sk = r.sk`;

/** What names persons outside of items and log. Answers kept for operators go when they name the tenant. */
const OTHER_ROWS: Readonly<Record<string, string>> = {
  usageEvents: 'delete from landlord.usage_event where tenant_code = $1',
  usageEventIds: 'delete from landlord.usage_event_id where tenant_code = $1',
  usageHours: 'delete from landlord.usage_hour where tenant_code = $1',
  sightings: 'delete from landlord.usage_sighting where tenant_code = $1',
  deadLetters: 'delete from landlord.dead_letter where tenant_code = $1',
  pendingChanges: 'delete from landlord.feed_item where tenant_code = $1',
  keptAnswers: `delete from landlord.idempotency where tenant_code = $1
    or (tenant_code = 'system' and strpos(result::text, '"' || $1 || '"') > 0)`,
};

class Erasure {
  private redacted = 0;
  private removed = 0;
  private unchainedRemoved = 0;
  private remainderHash: string = CHAIN_START.hash;
  private readonly erasedItems = new Tally();
  private readonly keptItems = new Tally();

  constructor(
    private readonly transaction: Transaction,
    private readonly request: EraseRequest,
  ) {}

  async run(): Promise<ErasureCertificate> {
    const { tenantCode, rules } = this.request;
    const head = await this.lockHead();
    for await (const rows of this.commands()) {
      for (const row of rows) rules.learn(portable(commandFromRow(row)));
    }
    for await (const rows of this.commands()) await this.treatCommands(rows);
    for await (const rows of this.items()) await this.treatItems(rows);
    const rows = await this.removeOthers();
    const certificate = this.certificate(head, rows);
    await this.writeCertificate(certificate);
    this.transaction.atCommit(
      'update landlord.audit_chain set sealed = sequence, unchained = unchained - $2 where tenant_code = $1',
      [tenantCode, this.unchainedRemoved],
    );
    return certificate;
  }

  private async lockHead(): Promise<{ sequence: number; hash: string }> {
    const [row] = await this.transaction.query<ChainHeadRow>(LOCK_HEAD, [this.request.tenantCode]);
    if (!row) throw new Error('a tenant that has commands has a chain');
    const { sequence, hash } = chainHeadFromRow(row);
    return { sequence, hash };
  }

  /** Those from before the chain, then the chain in its order. */
  private async *commands(): AsyncGenerator<CommandRow[]> {
    const { tenantCode } = this.request;
    yield* chunks(({ pk = '', sk = '', version = 0 }: Partial<CommandRow>) =>
      this.transaction.query<CommandRow>(
        `select ${COMMAND_COLUMNS} from landlord.command
         where tenant_code = $1 and sequence is null and (pk, sk, version) > ($2, $3, $4)
         order by tenant_code, pk, sk, version limit ${CHUNK_ROWS}`,
        [tenantCode, pk, sk, version],
      ),
    );
    yield* chunks(({ sequence }: Partial<CommandRow>) =>
      this.transaction.query<CommandRow>(
        `select ${COMMAND_COLUMNS} from landlord.command where tenant_code = $1 and sequence > $2
         order by tenant_code, sequence limit ${CHUNK_ROWS}`,
        [tenantCode, sequence ?? 0],
      ),
    );
  }

  private items(): AsyncGenerator<ItemRow[]> {
    return chunks(({ pk = '', sk = '' }: Partial<ItemRow>) =>
      this.transaction.query<ItemRow>(
        `select ${ITEM_COLUMNS} from landlord.item where tenant_code = $1 and (pk, sk) > ($2, $3)
         order by tenant_code, pk, sk limit ${CHUNK_ROWS}`,
        [this.request.tenantCode, pk, sk],
      ),
    );
  }

  private async treatCommands(rows: readonly CommandRow[]): Promise<void> {
    const { rules } = this.request;
    const gone = rows.filter(({ type }) => !rules.isKept(type));
    const kept = rows
      .filter(({ type }) => rules.isKept(type))
      .map(commandFromRow)
      .map(portable)
      .map(rules.redactCommand);
    for (const command of kept) {
      if (command.link) this.remainderHash = remainderHashOf(this.remainderHash, command);
    }
    this.redacted += kept.length;
    this.removed += gone.length;
    this.unchainedRemoved += gone.filter(({ sequence }) => sequence === null).length;
    const redactions = kept.map(({ pk, sk, version, input, item, userId, requestId, source, ip }) => {
      return { pk, sk, version, input, item, user_id: userId, request_id: requestId, source, ip };
    });
    await this.transaction.query(REDACT, [JSON.stringify(redactions)]);
    await this.transaction.query(REMOVE, [
      gone.map(({ pk }) => pk),
      gone.map(({ sk }) => sk),
      gone.map(({ version }) => version),
    ]);
  }

  private async treatItems(rows: readonly ItemRow[]): Promise<void> {
    const { rules } = this.request;
    const items = rows.map(itemFromRow);
    const gone = items.filter(({ type }) => !rules.isKept(type));
    const kept = items.filter(({ type }) => rules.isKept(type));
    for (const { type } of gone) this.erasedItems.count(type);
    for (const { type } of kept) this.keptItems.count(type);
    await this.transaction.query(REPLACE_ITEMS, [
      JSON.stringify(kept.map((item) => rowFromItem(rules.redactItem(item)))),
    ]);
    await this.transaction.query(
      'delete from landlord.item where (pk, sk) in (select * from unnest($1::text[], $2::text[]))',
      [gone.map(({ pk }) => pk), gone.map(({ sk }) => sk)],
    );
  }

  private async removeOthers(): Promise<Counts> {
    const tally: Record<string, number> = {};
    for (const [name, sql] of Object.entries(OTHER_ROWS)) {
      const counting = `with gone as (${sql} returning 1) select count(*) as count from gone`;
      const [row] = await this.transaction.query<{ count: number }>(counting, [this.request.tenantCode]);
      tally[name] = row?.count ?? 0;
    }
    return tally;
  }

  private certificate(headBefore: { sequence: number; hash: string }, rows: Counts): ErasureCertificate {
    const { origin, reason, rules } = this.request;
    const { redacted, removed, remainderHash } = this;
    return {
      erasedAt: origin.at,
      by: origin.userId,
      reason: reason === null ? null : rules.redactText(reason),
      items: { erased: this.erasedItems.counts(), kept: this.keptItems.counts() },
      sequences: headBefore.sequence === 0 ? [] : [[1, headBefore.sequence]],
      commands: { redacted, removed },
      rows,
      headBefore,
      remainderHash,
    };
  }

  private async writeCertificate(certificate: ErasureCertificate): Promise<void> {
    const { tenantCode } = this.request;
    const pk = tenantPk(tenantCode);
    const [tenant] = await load(this.transaction, [{ pk, sk: TENANT_SK }]);
    if (!tenant) throw new Error('the tenant itself is kept');
    const { version } = tenant;
    const sk = `${ERASURE_PREFIX}${certificate.erasedAt}`;
    const what = {
      tenantCode,
      type: ERASURE_TYPE,
      code: certificate.erasedAt,
      name: `erasure of ${tenantCode}`,
    };
    writeSteps(this.transaction, [
      this.step(tenant, { kind: 'partial', pk, sk: TENANT_SK, version, attributes: { status: 'erased' } }),
      this.step(null, {
        kind: 'full',
        pk,
        sk,
        version: VERSION_FIRST,
        ...what,
        attributes: certificateJson(certificate),
      }),
    ]);
  }

  private step(current: Item | null, command: Command): Step {
    const { origin } = this.request;
    const evolution = evolve(current, command, origin);
    if (evolution.status !== 'changed') throw new Error(`an erasure cannot be ${evolution.status}`);
    return { command, item: evolution.item, origin };
  }
}

class Tally {
  private readonly byName = new Map<string, number>();

  count(name: string): void {
    this.byName.set(name, (this.byName.get(name) ?? 0) + 1);
  }

  counts(): Counts {
    return Object.fromEntries([...this.byName].sort());
  }
}

async function* chunks<TRow extends Row>(
  next: (last: Partial<TRow>) => Promise<TRow[]>,
): AsyncGenerator<TRow[]> {
  let last: Partial<TRow> = {};
  for (;;) {
    const rows = await next(last);
    if (rows.length > 0) yield rows;
    const newest = rows.at(-1);
    if (!newest || rows.length < CHUNK_ROWS) return;
    last = newest;
  }
}
