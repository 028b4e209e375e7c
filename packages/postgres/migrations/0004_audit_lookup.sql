-- Who did what, and what was done to a kind of item, without reading the whole log.
create index command_by_user on landlord.command (tenant_code, user_id, position);
create index command_by_type on landlord.command (tenant_code, type, position);
