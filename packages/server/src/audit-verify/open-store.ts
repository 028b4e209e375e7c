import { type Store } from '@landlord/kernel';
import { PostgresStore } from '@landlord/postgres';
import { hasCluster, runningPostgres, startEmbeddedPostgres } from '@landlord/postgres/embedded';
import { type ServerConfig } from '../config.js';

export interface OpenStore {
  readonly store: Store;
  readonly close: () => Promise<void>;
}

/**
 * The configured database as it is, nothing migrated: that of DATABASE_URL, the embedded one that a running server
 * has started, or, when no server runs, started for the time being.
 */
export async function openStore({ databaseUrl, dataDir }: ServerConfig): Promise<OpenStore> {
  const running = databaseUrl ?? (await runningPostgres(dataDir));
  if (running !== null) return storeAt(running, async () => undefined);
  if (!(await hasCluster(dataDir)))
    throw new Error(`there is no data in ${dataDir}; set LANDLORD_DATA_DIR or DATABASE_URL`);
  const { connectionString, stop } = await startEmbeddedPostgres({ dataDir });
  return storeAt(connectionString, stop);
}

function storeAt(connectionString: string, stop: () => Promise<void>): OpenStore {
  const store = new PostgresStore({ connectionString, poolSize: 4 });
  const close = async () => {
    await store.close();
    await stop();
  };
  return { store, close };
}
