// What the store does for one request, as statements that any driver can send.
const TENANT_PK = 'TENANT#acme-corp';

/** The role and the tenant that make row security hold, until the transaction ends. */
export const WALL = "set local role landlord_app; set local landlord.tenant = 'acme-corp'";

export const READ = 'select * from landlord.item where pk = $1 and sk = $2';
export const LOCK = 'select pg_advisory_xact_lock(hashtextextended($1, 0))';
export const LOAD = 'select * from landlord.item where pk = $1 and sk = $2 for update';

/** Log, announcement and state in one statement. */
export const WRITE = `
  with step as materialized (
    select $1::text as pk, $2::text as sk, $3::bigint as version, $4::jsonb as attributes
  ), logged as (
    insert into landlord.command (pk, sk, version, kind, tenant_code, type, input, item, user_id, request_id, source, at)
    select pk, sk, version, 'full', 'acme-corp', 'BENCH', attributes, attributes, 'usr-001', 'req-1', 'bench', now() from step
  ), announced as (
    insert into landlord.feed_item as feed (pk, sk, tenant_code, delivered_version, latest_version)
    select pk, sk, 'acme-corp', version - 1, version from step
    on conflict (pk, sk) do update set latest_version = excluded.latest_version
  )
  insert into landlord.item as stored (pk, sk, version, tenant_code, type, code, name, attributes, is_deleted,
    created_at, created_by, updated_at, updated_by, request_id, source)
  select pk, sk, version, 'acme-corp', 'BENCH', sk, sk, attributes, false, now(), 'usr-001', now(), 'usr-001', 'req-1', 'bench'
  from step on conflict (pk, sk) do update set version = excluded.version, attributes = excluded.attributes,
    updated_at = excluded.updated_at`;

export const INSERT_EVENTS = `
  insert into landlord.usage_event (tenant_code, id, fingerprint, metric, period_sk, at, quantity, mode, properties,
    user_id, request_id, recorded_at)
  select 'acme-corp', id, fingerprint, 'apiCalls', 'USAGE#2024-01', '2024-01-31T09:00:00Z'::timestamptz, quantity, 'add',
    '{}', 'usr-001', 'req-1', now()
  from unnest($1::text[], $2::text[], $3::numeric[]) as event(id, fingerprint, quantity)`;

export const ATTRIBUTES = JSON.stringify({
  status: 'active',
  planCode: 'professional',
  planVersion: 3,
  note: 'x'.repeat(300),
});

/** Every commit goes to an item of its own, so that nobody waits for another's lock. `name` is used once. */
export function commitsOf(name) {
  const versions = new Map();
  const idle = Array.from({ length: 64 }, (_, lane) => `BENCH#${name}-${lane}`);
  return async (transaction) => {
    const sk = idle.pop();
    if (sk === undefined) throw new Error('more than 64 commits at a time');
    try {
      const version = (versions.get(sk) ?? 0) + 1;
      await transaction(async (query) => {
        await Promise.all([query(LOCK, [`${TENANT_PK} ${sk}`]), query(LOAD, [TENANT_PK, sk])]);
        await query(WRITE, [TENANT_PK, sk, version, ATTRIBUTES]);
      });
      versions.set(sk, version);
    } finally {
      idle.push(sk);
    }
  };
}

let batches = 0;

/** Columns of `count` events whose ids were never used. */
export function eventColumns(count) {
  const batch = `${process.pid}-${batches++}`;
  const ids = Array.from({ length: count }, (_, index) => `evt-${batch}-${index}`);
  return [ids, ids.map((id) => `fp-${id}`), ids.map(() => '1.5')];
}

export const SEED_KEY = [TENANT_PK, 'BENCH#seed'];
