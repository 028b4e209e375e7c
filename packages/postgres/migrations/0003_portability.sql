-- Erasing a tenant's persons. Whoever serves requests cannot change the log: a third role can, and does so in this one case.

create table landlord.audit_removed (
  tenant_code text collate "C" not null check (tenant_code <> ''),
  sequence bigint not null check (sequence > 0),
  content_hash bytea not null,
  chain_hash bytea not null,
  primary key (tenant_code, sequence)
);
-- To export and to import; an import can only add.
grant select, insert on landlord.audit_removed to landlord_app, landlord_system;
select landlord.isolate_tenants('audit_removed');

-- An erased tenant's chain ends for good: whatever was under way is refused with it.
alter table landlord.audit_chain
  add column sealed bigint,
  add constraint audit_chain_is_sealed check (sequence <= sealed);

drop index landlord.command_unchained;
create index command_unchained on landlord.command (tenant_code, pk, sk, version) where sequence is null;

grant usage on schema landlord to landlord_eraser;
grant select, insert, update, delete on landlord.item, landlord.command, landlord.audit_removed, landlord.feed_item,
  landlord.usage_event, landlord.dead_letter, landlord.idempotency to landlord_eraser;
grant select, insert, update on landlord.audit_chain to landlord_eraser;
-- One tenant at a time, like the application.
do $$
declare
  table_name text;
begin
  foreach table_name in array array[
    'item', 'command', 'audit_chain', 'audit_removed', 'feed_item', 'usage_event', 'dead_letter', 'idempotency'
  ] loop
    execute format(
      'create policy erased_tenant on landlord.%I to landlord_eraser '
      'using (tenant_code = (select nullif(current_setting(''landlord.tenant'', true), ''''))) '
      'with check (tenant_code = (select nullif(current_setting(''landlord.tenant'', true), '''')))',
      table_name);
  end loop;
end
$$;
-- Answers kept for operators may name the tenant's persons, too.
create policy answers_to_operators on landlord.idempotency to landlord_eraser
  using (tenant_code = 'system' and coalesce(current_setting('landlord.tenant', true), '') <> '');
