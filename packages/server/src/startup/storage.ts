import { type Store } from '@landlord/kernel';
import { migrate, PostgresStore } from '@landlord/postgres';
import { startEmbeddedPostgres } from '@landlord/postgres/embedded';
import { type Logger } from 'pino';
import { type ServerConfig } from '../config.js';
import { Undo } from './undo.js';

export interface Storage {
  readonly store: Store;
  /** Settles when the database is gone for good; the process should then end. Never rejects. */
  readonly failed: Promise<Error>;
  /** Closes the store, then stops the PostgreSQL that was started for it. */
  readonly close: () => Promise<void>;
}

interface Database {
  readonly connectionString: string;
  readonly failed: Promise<Error>;
  readonly stop: () => Promise<void>;
}

const never: Promise<Error> = new Promise(() => undefined);

/** The configured database with the newest schema. On failure nothing is left running. */
export async function openStorage(config: ServerConfig, logger: Logger): Promise<Storage> {
  const undo = new Undo();
  try {
    const database = await startDatabase(config, logger);
    undo.add(database.stop);
    const { applied, schemaVersion } = await migrate(database.connectionString);
    if (applied.length > 0) logger.info({ applied, schemaVersion }, 'schema migrated');
    const store = new PostgresStore({
      connectionString: database.connectionString,
      onError: (error) => logger.warn({ reason: error.message }, 'a database connection was lost'),
    });
    undo.add(() => store.close());
    return { store, failed: database.failed, close: () => undo.run() };
  } catch (error) {
    await undo.run();
    throw error;
  }
}

async function startDatabase(config: ServerConfig, logger: Logger): Promise<Database> {
  if (config.databaseUrl !== null)
    return { connectionString: config.databaseUrl, failed: never, stop: () => Promise.resolve() };
  const { connectionString, failed, stop } = await startEmbeddedPostgres({
    dataDir: config.dataDir,
    log: ({ level, message }) => logger[level]({ from: 'postgres' }, message),
  });
  return { connectionString, failed, stop };
}
