import { describeStoreContract } from '@landlord/kernel/testing';
import { inject } from 'vitest';
import { createTestDatabase } from '../testing/index.js';
import { PostgresStore } from './postgres.store.js';

describeStoreContract('PostgreSQL', async () => {
  const database = await createTestDatabase(inject('databaseUrl'));
  const store = new PostgresStore({ connectionString: database.url, poolSize: 8 });
  const peer = new PostgresStore({ connectionString: database.url, poolSize: 8 });
  return {
    store,
    peer,
    rebuild: async () => void (await store.rebuild()),
    close: async () => {
      await Promise.all([store.close(), peer.close()]);
      await database.drop();
    },
  };
});
