-- What is kept of usage beside the items: events by the month they were recorded in, their ids in generations, and what each
-- hour came to. Events and ids go by dropping whole tables; hours stay.

-- Events, for export, corrections and questions. No unique index, and none in the order of ids: ids are beside it.
alter table landlord.usage_event rename to usage_event_before;
alter table landlord.usage_event_before rename constraint usage_event_pkey to usage_event_before_pkey;

create table landlord.usage_event (
  tenant_code text collate "C" not null check (tenant_code <> ''),
  id text collate "C" not null,
  fingerprint bytea not null check (octet_length(fingerprint) = 16),
  metric text collate "C" not null,
  period_sk text collate "C" not null,
  at timestamptz not null,
  hour timestamptz not null,
  quantity numeric not null,
  mode text not null check (mode in ('add', 'set', 'correct')),
  properties jsonb not null,
  -- What it said of each meter; null where that is what it says itself.
  readings jsonb,
  -- Null for nobody.
  pooled_with text[],
  user_id text not null,
  request_id text not null,
  recorded_at timestamptz not null
) partition by range (recorded_at);
create index usage_event_by_time on landlord.usage_event (tenant_code, recorded_at);

-- Every id once. Only the newest generation is written to, so that its index stays small and hot however many ids there are.
create table landlord.usage_event_id (
  -- When it was opened, epoch milliseconds.
  generation bigint not null,
  recorded_at timestamptz not null,
  id_hash bytea not null check (octet_length(id_hash) = 16),
  fingerprint bytea not null check (octet_length(fingerprint) = 16),
  tenant_code text collate "C" not null check (tenant_code <> '')
) partition by list (generation);
create index usage_event_id_by_time on landlord.usage_event_id (tenant_code, recorded_at);

create table landlord.usage_hour (
  tenant_code text collate "C" not null check (tenant_code <> ''),
  metric text collate "C" not null,
  hour timestamptz not null,
  dimensions_hash bytea not null check (octet_length(dimensions_hash) = 16),
  dimensions jsonb not null,
  quantity numeric not null,
  count bigint not null,
  primary key (tenant_code, metric, hour, dimensions_hash)
) with (fillfactor = 80);
-- To find those that are old; most come in order.
create index usage_hour_by_time on landlord.usage_hour using brin (hour);

grant select, insert on landlord.usage_event, landlord.usage_event_id to landlord_app, landlord_system;
grant select, insert, update on landlord.usage_hour to landlord_app, landlord_system;
grant delete on landlord.usage_hour to landlord_system;
grant select, delete on landlord.usage_event, landlord.usage_event_id, landlord.usage_hour to landlord_eraser;
do $$
declare
  name text;
begin
  foreach name in array array['usage_event', 'usage_event_id', 'usage_hour'] loop
    perform landlord.isolate_tenants(name);
    execute format(
      'create policy erased_tenant on landlord.%I to landlord_eraser '
      'using (tenant_code = (select nullif(current_setting(''landlord.tenant'', true), ''''))) '
      'with check (tenant_code = (select nullif(current_setting(''landlord.tenant'', true), '''')))', name);
  end loop;
end
$$;

-- Whoever serves requests owns nothing. These do what only the owner may, and nothing else. Parts are reached through the whole
-- only: they are granted to nobody and have row security without a policy.

create function landlord.usage_parts(whole text)
returns table (name text, part regclass) language sql stable set search_path = pg_catalog, pg_temp as $$
  select c.relname::text, c.oid::regclass from pg_inherits i join pg_class c on c.oid = i.inhrelid
  where i.inhparent = ('landlord.' || quote_ident(whole))::regclass
$$;

create function landlord.add_usage_part(whole text, part text, bounds text, index_columns text)
returns void language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
  execute format('create table landlord.%I (like landlord.%I including all)', part, whole);
  if index_columns is not null then
    execute format('create unique index on landlord.%I (%s)', part, index_columns);
  end if;
  execute format('alter table landlord.%I enable row level security', part);
  execute format('alter table landlord.%I force row level security', part);
  execute format('alter table landlord.%I attach partition landlord.%I for values %s', whole, part, bounds);
end
$$;

-- A month of events. Taking it in does not keep anybody from writing.
create function landlord.add_usage_month(moment timestamptz)
returns void language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  first timestamptz := date_trunc('month', moment, 'UTC');
  part text := 'usage_event_' || to_char(first at time zone 'UTC', 'YYYY_MM');
begin
  perform pg_advisory_xact_lock(7403216802);
  if to_regclass('landlord.' || part) is not null then return; end if;
  perform landlord.add_usage_part('usage_event', part,
    format('from (%L) to (%L)', first, (first at time zone 'UTC' + interval '1 month') at time zone 'UTC'), null);
end
$$;

-- Opens a generation of ids when there is none, or when the newest is large or four weeks old. The one before is closed for good:
-- who has read that will never find anything new in it.
create function landlord.open_usage_ids(moment timestamptz, rows_size bigint)
returns boolean language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '200ms' as $$
declare
  opening bigint := (extract(epoch from moment) * 1000)::bigint;
  newest bigint;
  newest_size bigint;
  whole_size bigint;
begin
  perform pg_advisory_xact_lock(7403216803);
  select max(substr(name, 16)::bigint), coalesce(sum(pg_relation_size(part)), 0) into newest, whole_size
  from landlord.usage_parts('usage_event_id');
  if newest is not null then
    newest_size := pg_relation_size(('landlord.usage_event_id_' || newest)::regclass);
    if newest_size = 0 or (newest_size < greatest(rows_size, whole_size / 16) and opening - newest < 2419200000) then
      return false;
    end if;
    execute format('alter table landlord.%I add constraint usage_event_id_is_closed check (false) not valid',
      'usage_event_id_' || newest);
    opening := greatest(opening, newest + 1);
  end if;
  perform landlord.add_usage_part('usage_event_id', 'usage_event_id_' || opening, format('in (%s)', opening), 'id_hash');
  return true;
end
$$;

-- Lets go of the oldest month of events, or generation of ids, that has nothing from the moment on; null when there is none.
-- Nobody is kept waiting for longer than the lock is waited for.
create function landlord.drop_usage_part(whole text, moment timestamptz)
returns text language plpgsql security definer set search_path = pg_catalog, pg_temp set lock_timeout = '200ms' as $$
declare
  oldest text;
begin
  if whole = 'usage_event' then
    select name into oldest from landlord.usage_parts(whole)
    where (to_timestamp(substr(name, 13), 'YYYY_MM')::timestamp + interval '1 month') at time zone 'UTC' <= moment
    order by name limit 1;
  elsif whole = 'usage_event_id' then
    -- Closed when the next was opened. A day for clocks that differ.
    select name into oldest from (
      select name, substr(name, 16)::bigint as opened, lead(substr(name, 16)::bigint) over (order by substr(name, 16)::bigint) as closed
      from landlord.usage_parts(whole)) as generation
    where closed <= (extract(epoch from moment) * 1000)::bigint - 86400000
    order by opened limit 1;
  end if;
  if oldest is not null then execute format('drop table if exists landlord.%I', oldest); end if;
  return oldest;
end
$$;

revoke execute on function landlord.add_usage_part(text, text, text, text), landlord.add_usage_month(timestamptz),
  landlord.open_usage_ids(timestamptz, bigint), landlord.drop_usage_part(text, timestamptz) from public;
grant execute on function landlord.add_usage_month(timestamptz), landlord.open_usage_ids(timestamptz, bigint),
  landlord.drop_usage_part(text, timestamptz) to landlord_system;

-- What there was is carried over. Zones of tenants do not matter to it: an hour is one of UTC here.
grant select on landlord.usage_event_before to landlord_system;
set local timezone = 'UTC';
create temporary table usage_month on commit drop as select null::timestamptz as first limit 0;
grant all on usage_month to landlord_system;
set local role landlord_system;
insert into usage_month select distinct date_trunc('month', recorded_at) from landlord.usage_event_before;
reset role;
do $$
declare
  first timestamptz;
begin
  for first in select m.first from usage_month m loop
    perform landlord.add_usage_month(first);
  end loop;
  perform landlord.open_usage_ids(max(m.first), 1) from usage_month m having count(*) > 0;
end
$$;
grant create on schema landlord to landlord_system;
set local role landlord_system;
-- Fingerprints were SHA-256 in base64url.
create view landlord.digested as
select *, case when length(fingerprint) = 43 then decode(translate(fingerprint, '-_', '+/') || '=', 'base64')
  else sha256(convert_to(fingerprint, 'UTF8')) end as digest
from landlord.usage_event_before;

insert into landlord.usage_event_id (generation, recorded_at, id_hash, fingerprint, tenant_code)
select (select max(substr(name, 16)::bigint) from landlord.usage_parts('usage_event_id')), recorded_at,
  substr(sha256(convert_to(tenant_code, 'UTF8') || '\x00' || convert_to(id, 'UTF8')), 1, 16),
  substr(digest, 1, 16), tenant_code
from landlord.digested;

insert into landlord.usage_event (tenant_code, id, fingerprint, metric, period_sk, at, hour, quantity, mode, properties,
  user_id, request_id, recorded_at)
select tenant_code, id, substr(digest, 1, 16), metric, period_sk, at, date_trunc('hour', at), quantity, mode, properties,
  user_id, request_id, recorded_at
from landlord.digested;

-- A setting moves the level from where the events before it left it. Added up, that is the level after the last of them.
insert into landlord.usage_hour (tenant_code, metric, hour, dimensions_hash, dimensions, quantity, count)
select tenant_code, metric, date_trunc('hour', at), substr(sha256('{}'), 1, 16), '{}', sum(level - before), count(*)
from (
  select *, lag(level, 1, 0) over (partition by tenant_code, metric order by at, recorded_at, id) as before
  from (
    select *, sum(quantity) over (partition by tenant_code, metric, settings order by at, recorded_at, id) as level
    from (
      select *, count(*) filter (where mode = 'set') over (partition by tenant_code, metric order by at, recorded_at, id) as settings
      from landlord.usage_event_before
    ) as counted
  ) as levelled
) as moved
group by 1, 2, 3;

drop view landlord.digested;
reset role;
revoke create on schema landlord from landlord_system;
drop table landlord.usage_event_before;
