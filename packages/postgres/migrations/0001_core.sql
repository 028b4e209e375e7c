-- Items, the log of commands, the change feed, usage events and idempotency keys.
-- Text that is ordered is ordered by bytes (collation "C"), as every store must.

create table landlord.item (
  pk text collate "C" not null,
  sk text collate "C" not null,
  version bigint not null check (version > 0),
  tenant_code text collate "C" not null check (tenant_code <> ''),
  type text collate "C" not null,
  code text collate "C" not null,
  name text not null,
  attributes jsonb not null,
  is_deleted boolean not null,
  due_at timestamptz,
  created_at timestamptz not null,
  created_by text not null,
  updated_at timestamptz not null,
  updated_by text not null,
  request_id text not null,
  source text not null,
  primary key (pk, sk)
);
create index item_by_code on landlord.item (tenant_code, type, code, pk, sk);
create index item_by_type on landlord.item (type, tenant_code, pk, sk);
create index item_by_due on landlord.item (due_at, pk, sk) where due_at is not null and not is_deleted;

create table landlord.command (
  pk text collate "C" not null,
  sk text collate "C" not null,
  version bigint not null,
  kind text not null check (kind in ('full', 'partial', 'increment')),
  tenant_code text collate "C" not null check (tenant_code <> ''),
  type text collate "C" not null,
  input jsonb not null,
  item jsonb not null,
  user_id text collate "C" not null,
  request_id text not null,
  source text not null,
  ip text,
  at timestamptz not null,
  position bigint generated always as identity,
  primary key (pk, sk, version)
);
create index command_by_tenant on landlord.command (tenant_code, position);
create index command_by_position on landlord.command (position);

-- One row per item with changes that were not delivered yet.
create table landlord.feed_item (
  pk text collate "C" not null,
  sk text collate "C" not null,
  tenant_code text collate "C" not null check (tenant_code <> ''),
  delivered_version bigint not null,
  latest_version bigint not null,
  attempts integer not null default 0,
  -- After a failure: the version the change went up to, and the handlers that have taken it.
  attempted_version bigint,
  completed text[] not null default '{}',
  available_at timestamptz not null default clock_timestamp(),
  enqueued_at timestamptz not null default clock_timestamp(),
  lease text,
  lease_until timestamptz,
  primary key (pk, sk)
);
create index feed_item_by_time on landlord.feed_item (available_at);

create table landlord.dead_letter (
  id uuid primary key default gen_random_uuid(),
  tenant_code text collate "C" not null check (tenant_code <> ''),
  handler text not null,
  change jsonb not null,
  error text not null,
  attempts integer not null,
  set_aside_at timestamptz not null default clock_timestamp()
);
create index dead_letter_by_time on landlord.dead_letter (tenant_code, set_aside_at, id);

-- Every usage event once: the primary key is what makes an id count once.
create table landlord.usage_event (
  tenant_code text collate "C" not null check (tenant_code <> ''),
  id text collate "C" not null,
  fingerprint text not null,
  metric text not null,
  period_sk text collate "C" not null,
  at timestamptz not null,
  quantity numeric not null,
  mode text not null check (mode in ('add', 'set')),
  properties jsonb not null,
  user_id text not null,
  request_id text not null,
  recorded_at timestamptz not null,
  primary key (tenant_code, id)
);

create table landlord.idempotency (
  tenant_code text collate "C" not null check (tenant_code <> ''),
  owner text collate "C" not null,
  key text collate "C" not null,
  fingerprint text not null,
  -- json, not jsonb: a repetition gets the answer byte for byte.
  result json,
  created_at timestamptz not null,
  primary key (tenant_code, owner, key)
);
create index idempotency_by_time on landlord.idempotency (created_at);

grant select, insert, update on landlord.item to landlord_app;
-- Deleting is for the rebuild of states from the log; an item's own end is `is_deleted`.
grant select, insert, update, delete on landlord.item to landlord_system;
-- The log is append-only for everyone who serves requests.
grant select, insert on landlord.command, landlord.usage_event to landlord_app, landlord_system;
grant select, insert, update on landlord.feed_item to landlord_app;
grant select, insert, update, delete on landlord.feed_item to landlord_system;
grant select on landlord.dead_letter to landlord_app;
grant select, insert, delete on landlord.dead_letter to landlord_system;
grant select, insert, update on landlord.idempotency to landlord_app;
grant select, insert, update, delete on landlord.idempotency to landlord_system;

select landlord.isolate_tenants(table_name) from unnest(array[
  'item', 'command', 'feed_item', 'dead_letter', 'usage_event', 'idempotency'
]) as table_name;

-- Master data of the vendor (plans, meters) is read by every tenant, and written by none.
create policy common_is_readable on landlord.item for select to landlord_app
  using (pk = 'MASTER#COMMON' and coalesce(current_setting('landlord.tenant', true), '') <> '');
