-- What unique meters have counted: each value once in a period, or, for a meter that carries over, once ever. Such a
-- meter has a second row for a value only when an earlier period turns out to be the first.

create table landlord.usage_sighting (
  tenant_code text collate "C" not null check (tenant_code <> ''),
  metric text collate "C" not null,
  -- A hash: what was counted may be a person.
  value text collate "C" not null,
  period_sk text collate "C" not null,
  is_carried boolean not null,
  primary key (tenant_code, metric, value, period_sk)
);
-- What is forgotten with its period.
create index usage_sighting_by_period on landlord.usage_sighting (period_sk) where not is_carried;

grant select, insert on landlord.usage_sighting to landlord_app, landlord_system;
grant delete on landlord.usage_sighting to landlord_system;
select landlord.isolate_tenants('usage_sighting');

grant select, delete on landlord.usage_sighting to landlord_eraser;
create policy erased_tenant on landlord.usage_sighting to landlord_eraser
  using (tenant_code = (select nullif(current_setting('landlord.tenant', true), '')))
  with check (tenant_code = (select nullif(current_setting('landlord.tenant', true), '')));
