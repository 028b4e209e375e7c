import { type CommandRecord, type Item, replayOne, SYSTEM_SCOPE } from '@landlord/kernel';
import { type Database, type Transaction } from './database.js';
import { COMMAND_COLUMNS, type CommandRow, commandFromRow, rowFromItem } from './rows.js';

const CHUNK_COMMANDS = 2_000;

const REMOVE_STRAYS = `delete from landlord.item i
  where not exists (select 1 from landlord.command c where c.pk = i.pk and c.sk = i.sk)`;

export interface RebuildProgress {
  readonly commands: number;
  readonly items: number;
}

/**
 * Throws away the states and makes them anew from the log, in one transaction during which nobody writes.
 * Readers see the old states until it commits; memory stays flat.
 */
export function rebuildItems(
  database: Database,
  onProgress: (progress: RebuildProgress) => void,
): Promise<RebuildProgress> {
  return database.transaction(SYSTEM_SCOPE, async (transaction) => {
    await transaction.query('set local statement_timeout = 0');
    // The first lock of this transaction: it keeps out whoever would lock rows, and lets readers in.
    await transaction.query('lock table landlord.item in exclusive mode');
    await transaction.query(REMOVE_STRAYS);
    const rebuilt = new Rebuild(transaction);
    let after: CommandRecord | null = null;
    for (;;) {
      const records = await nextRecords(transaction, after);
      if (records.length === 0) return rebuilt.finish();
      for (const record of records) await rebuilt.take(record);
      after = records.at(-1) ?? null;
      onProgress(rebuilt.progress);
    }
  });
}

class Rebuild {
  private commands = 0;
  private items = 0;
  private current: Item | null = null;
  private finished: Item[] = [];

  constructor(private readonly transaction: Transaction) {}

  get progress(): RebuildProgress {
    return { commands: this.commands, items: this.items };
  }

  async take(record: CommandRecord): Promise<void> {
    const isSame = this.current?.pk === record.pk && this.current.sk === record.sk;
    if (!isSame) await this.put();
    this.current = replayOne(isSame ? this.current : null, record);
    this.commands += 1;
  }

  async finish(): Promise<RebuildProgress> {
    await this.put();
    await this.flush();
    return this.progress;
  }

  private async put(): Promise<void> {
    if (!this.current) return;
    this.finished.push(this.current);
    this.items += 1;
    if (this.finished.length >= 500) await this.flush();
  }

  private async flush(): Promise<void> {
    const rows = this.finished.map(rowFromItem);
    this.finished = [];
    await this.transaction.query(
      `insert into landlord.item select r.* from jsonb_populate_recordset(null::landlord.item, $1::jsonb) as r
       on conflict (pk, sk) do update set version = excluded.version, tenant_code = excluded.tenant_code,
         type = excluded.type, code = excluded.code, name = excluded.name, attributes = excluded.attributes,
         is_deleted = excluded.is_deleted, due_at = excluded.due_at, created_at = excluded.created_at,
         created_by = excluded.created_by, updated_at = excluded.updated_at, updated_by = excluded.updated_by,
         request_id = excluded.request_id, source = excluded.source`,
      [JSON.stringify(rows)],
    );
  }
}

async function nextRecords(transaction: Transaction, after: CommandRecord | null): Promise<CommandRecord[]> {
  const rows = await transaction.query<CommandRow>(
    `select ${COMMAND_COLUMNS} from landlord.command where (pk, sk, version) > ($1, $2, $3)
     order by pk, sk, version limit ${CHUNK_COMMANDS}`,
    [after?.pk ?? '', after?.sk ?? '', after?.version ?? 0],
  );
  return rows.map(commandFromRow);
}
