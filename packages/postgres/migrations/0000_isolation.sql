-- Every tenant table gets the same wall: row security forced, a tenant's rows for the application role
-- only while `landlord.tenant` names that tenant, all rows for the system role, nothing for anybody else.
create function landlord.isolate_tenants(table_name text) returns void language plpgsql as $$
begin
  execute format('alter table landlord.%I enable row level security', table_name);
  execute format('alter table landlord.%I force row level security', table_name);
  execute format(
    'create policy own_tenant on landlord.%I to landlord_app '
    'using (tenant_code = (select nullif(current_setting(''landlord.tenant'', true), ''''))) '
    'with check (tenant_code = (select nullif(current_setting(''landlord.tenant'', true), '''')))',
    table_name);
  execute format(
    'create policy whole_system on landlord.%I to landlord_system using (true) with check (true)', table_name);
end
$$;
