import { type Scope } from '@landlord/kernel';
import pg from 'pg';
import { APP_ROLE, ERASER_ROLE, SYSTEM_ROLE } from '../migration/roles.js';
import { translateFault } from './fault.js';

export interface DatabaseOptions {
  readonly connectionString: string;
  /** Connections held at most. Default 16. */
  readonly poolSize?: number;
  /** A statement that takes longer is cancelled. Default 30 s. */
  readonly statementTimeoutMs?: number;
  readonly onError?: (error: Error) => void;
}

export type Row = Record<string, unknown>;

/** Sends statements in order on one connection without waiting for each answer. */
export interface Transaction {
  query<T extends Row>(sql: string, parameters?: readonly unknown[]): Promise<T[]>;
  /** Plans the statements after it for going through tables page by page. */
  readByIndex(): Promise<void>;
  /** A query that is planned for look-ups by key, whatever figures the server has about tables that have just grown. */
  queryByKey<T extends Row>(sql: string, parameters: readonly unknown[]): Promise<T[]>;
  /** A statement for the very end: it goes out after all others, together with the commit, which fails if it does. */
  atCommit(sql: string, parameters?: readonly unknown[]): void;
}

/** Anything that can carry out one statement by itself. */
export type Reader = Pick<Database, 'read'>;

/** One tenant, with the right to change its log. */
export interface ErasureScope {
  readonly kind: 'erasure';
  readonly tenantCode: string;
}

/** Thrown by a transaction's body to roll back and hand `value` out as the result. */
class Rollback<T> extends Error {
  constructor(readonly value: T) {
    super('rollback');
  }
}

const TIMESTAMPTZ = 1184;
const BIGINT = 20;

function typeParser(oid: number, format?: 'text' | 'binary') {
  if (oid === TIMESTAMPTZ) return (text: string) => new Date(text).toISOString();
  if (oid === BIGINT) return Number;
  return pg.types.getTypeParser(oid, format as 'text');
}

/** The only door to SQL: every statement runs in a transaction that has put on a role and a tenant first. */
export class Database {
  private readonly pool: pg.Pool;
  private isClosing = false;

  constructor({ connectionString, poolSize = 16, statementTimeoutMs = 30_000, onError }: DatabaseOptions) {
    this.pool = new pg.Pool({
      connectionString,
      max: poolSize,
      application_name: 'landlord',
      connectionTimeoutMillis: 10_000,
      statement_timeout: statementTimeoutMs,
      idle_in_transaction_session_timeout: statementTimeoutMs,
      // For a connection that has gone silent, where the server's own time limit cannot be heard.
      query_timeout: statementTimeoutMs + 5_000,
      keepAlive: true,
      pipeline: true,
      types: { getTypeParser: typeParser as typeof pg.types.getTypeParser },
    } as pg.PoolConfig);
    const report = (error: Error) => {
      if (!this.isClosing) onError?.(error);
    };
    this.pool.on('error', report);
    // A connection lost in the middle of a transaction rejects its queries; without a listener it would end the process, too.
    this.pool.on('connect', (client) => client.on('error', report));
  }

  /** Commits what `body` did, unless it throws or asks for a rollback. */
  async transaction<T>(
    scope: Scope | ErasureScope,
    body: (transaction: Transaction, rollback: (value: T) => never) => Promise<T>,
  ): Promise<T> {
    return this.withClient(async (client) => {
      const begun = client.query(beginStatement(scope)).then(
        () => null,
        (error: unknown) => ({ error }),
      );
      const last: Statement[] = [];
      try {
        const value = await body(transactionOn(client, last), (result) => {
          throw new Rollback(result);
        });
        await commit(client, last);
        return value;
      } catch (error) {
        // Where the connection is lost, the server rolls back by itself.
        await client.query('rollback').catch(() => undefined);
        if (error instanceof Rollback) return error.value as T;
        throw (await begun)?.error ?? error;
      }
    });
  }

  /** One statement in a read-only transaction, in a single round trip. */
  async read<T extends Row>(
    scope: Scope,
    sql: string,
    parameters: readonly unknown[] = [],
    { byIndex = false } = {},
  ): Promise<T[]> {
    return this.withClient(async (client) => {
      const results = await Promise.allSettled([
        client.query(`${beginStatement(scope, { access: 'read only' })}${byIndex ? `; ${BY_INDEX}` : ''}`),
        client.query<T>(named(sql, parameters)),
        client.query('commit'),
      ]);
      for (const result of results) if (result.status === 'rejected') throw result.reason;
      return (results[1] as PromiseFulfilledResult<pg.QueryResult<T>>).value.rows;
    });
  }

  /** Rows of one moment, however long it takes to read them. Whoever stops early, or fails, ends the connection. */
  async *snapshot<T>(
    scope: Scope,
    rows: (transaction: Transaction) => AsyncIterable<T>,
  ): AsyncGenerator<T, void, void> {
    let client: pg.PoolClient | undefined;
    let isWhole = false;
    try {
      client = await this.pool.connect();
      await client.query(beginStatement(scope, { isolation: 'repeatable read', access: 'read only' }));
      await client.query(
        `set local idle_in_transaction_session_timeout = ${STREAM_IDLE_TIMEOUT_MS}; ${BY_INDEX}`,
      );
      yield* rows(transactionOn(client, []));
      await client.query('commit');
      isWhole = true;
    } catch (error) {
      throw translateFault(error);
    } finally {
      client?.release(!isWhole);
    }
  }

  async close(): Promise<void> {
    this.isClosing = true;
    await this.pool.end();
  }

  private async withClient<T>(body: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    let client: pg.PoolClient | undefined;
    let broken = false;
    try {
      client = await this.pool.connect();
      return await body(client);
    } catch (error) {
      const fault = translateFault(error);
      broken = fault !== error;
      throw fault;
    } finally {
      client?.release(broken);
    }
  }
}

/** A transaction in which a statement failed answers COMMIT with ROLLBACK, and no error. */
async function commit(client: pg.PoolClient, last: readonly Statement[]): Promise<void> {
  const sent = last.map((statement) => client.query(statement));
  const [{ command }] = await Promise.all([client.query('commit'), ...sent]);
  if (command !== 'COMMIT') throw new Error(`the transaction was not committed but ended with ${command}`);
}

type Statement = ReturnType<typeof named>;

const names = new Map<string, string>();

/** A statement with a name is planned once a connection. The texts are few: they come from the code, never from input. */
function named(text: string, parameters: readonly unknown[]) {
  const name = names.get(text) ?? `s${names.size}`;
  names.set(text, name);
  return { name, text, values: [...parameters] };
}

function transactionOn(client: pg.PoolClient, last: Statement[]): Transaction {
  const query = async <T extends Row>(sql: string, parameters: readonly unknown[] = []) => {
    const { rows } = await client.query<T>(named(sql, parameters));
    return rows;
  };
  return {
    query,
    queryByKey: async (sql, parameters) => {
      const [, rows] = await Promise.all([
        client.query(BY_KEY),
        query<never>(sql, parameters),
        client.query(AS_IT_COMES),
      ]);
      return rows;
    },
    readByIndex: async () => void (await client.query(BY_INDEX)),
    atCommit: (sql, parameters = []) => void last.push(named(sql, parameters)),
  };
}

/** Instants are read as text; a server may be set to spell them otherwise. */
/** What others hold for longer, such as an import that trickles in, is not waited for. */
const LOCK_TIMEOUT = `set local lock_timeout = '10s'`;

const SPELLING = `set local datestyle = 'ISO, YMD'; set local timezone = 'UTC'`;

/**
 * For reading a large table page by page in the order of an index: right after many rows came in, the server has no
 * figures about them yet, takes them for few, and would sort them all anew for each page.
 */
export const BY_INDEX =
  'set local enable_sort = off; set local enable_bitmapscan = off; set local enable_seqscan = off';

const BY_KEY =
  'set local enable_seqscan = off; set local enable_hashjoin = off; set local enable_mergejoin = off';
const AS_IT_COMES =
  'set local enable_seqscan = on; set local enable_hashjoin = on; set local enable_mergejoin = on';

/** How long the other side of a stream may keep a transaction waiting. */
export const STREAM_IDLE_TIMEOUT_MS = 120_000;

const ROLE_OF = { tenant: APP_ROLE, system: SYSTEM_ROLE, erasure: ERASER_ROLE } as const;

/** `set local` ends with the transaction, so a pooled connection carries no tenant to its next user. */
function beginStatement(
  scope: Scope | ErasureScope,
  mode: { isolation?: 'repeatable read'; access?: 'read only' } = {},
): string {
  const { isolation = 'read committed', access = '' } = mode;
  const tenant = scope.kind === 'system' ? `''` : pg.escapeLiteral(scope.tenantCode);
  return `begin isolation level ${isolation} ${access}; set local role ${ROLE_OF[scope.kind]}; set local landlord.tenant = ${tenant}; ${LOCK_TIMEOUT}; ${SPELLING}`;
}
