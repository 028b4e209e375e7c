import { describeStoreContract, type Tampering } from '@landlord/kernel/testing';
import { Client } from 'pg';
import { inject } from 'vitest';
import { createTestDatabase } from '../testing/index.js';
import { PostgresStore } from './postgres.store.js';

const DAMAGE = `insert into landlord.item
  select $1, $2, 99, substr($1, 8), 'X', 'x', 'x', '{}', false, null, now(), 'x', now(), 'x', 'x', 'x'
  on conflict (pk, sk) do update set attributes = '{"damaged": true}', version = 77`;

const TAMPERINGS: Readonly<Record<Tampering, string>> = {
  content: `update landlord.command set input = input || '{"name": "forged"}' where tenant_code = $1 and sequence = $2`,
  link: `update landlord.command set chain_hash = sha256(chain_hash) where tenant_code = $1 and sequence = $2`,
  remove: 'delete from landlord.command where tenant_code = $1 and sequence = $2',
  head: 'update landlord.audit_chain set sequence = sequence - 1 where tenant_code = $1 and sequence = $2',
  insert: `insert into landlord.command (pk, sk, version, kind, tenant_code, type, input, item, user_id, request_id, source, at)
    select pk, sk, 99, kind, tenant_code, type, input, item, user_id, request_id, source, at
    from landlord.command where tenant_code = $1 and sequence = $2`,
};

describeStoreContract('PostgreSQL', async () => {
  const database = await createTestDatabase(inject('databaseUrl'));
  const owner = new Client({ connectionString: database.url });
  await owner.connect();
  // A server of one's own may spell dates otherwise.
  await owner.query(`alter database "${new URL(database.url).pathname.slice(1)}" set datestyle = 'SQL, DMY'`);
  await owner.query(
    `alter database "${new URL(database.url).pathname.slice(1)}" set timezone = 'Europe/Amsterdam'`,
  );
  const store = new PostgresStore({ connectionString: database.url, poolSize: 8 });
  const peer = new PostgresStore({ connectionString: database.url, poolSize: 8 });
  const otherDatabase = await createTestDatabase(inject('databaseUrl'));
  const elsewhere = new PostgresStore({ connectionString: otherDatabase.url, poolSize: 4 });
  return {
    store,
    peer,
    elsewhere,
    damage: async ({ pk, sk }) => void (await owner.query(DAMAGE, [pk, sk])),
    tamper: async (kind, { tenantCode, sequence }) =>
      void (await owner.query(TAMPERINGS[kind], [tenantCode, sequence])),
    rebuild: async () => void (await store.rebuild()),
    close: async () => {
      await Promise.all([store.close(), peer.close(), elsewhere.close(), owner.end()]);
      await Promise.all([database.drop(), otherDatabase.drop()]);
    },
  };
});
