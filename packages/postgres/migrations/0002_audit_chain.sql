-- Every command gets its place in a chain of hashes per tenant. Commands from before have none: sequence is null.

alter table landlord.command
  add column sequence bigint,
  add column content_hash bytea,
  add column chain_hash bytea,
  add column is_redacted boolean not null default false,
  add constraint command_is_chained check (
    (sequence is null) = (content_hash is null) and (sequence is null) = (chain_hash is null) and sequence > 0);
create unique index command_by_sequence on landlord.command (tenant_code, sequence) where sequence is not null;
create index command_unchained on landlord.command (tenant_code) where sequence is null;
-- One row per item: what the log knows, beside what there is.
create index command_first on landlord.command (tenant_code, pk, sk) where version = 1;
create index item_by_tenant on landlord.item (tenant_code, pk, sk);

-- Where each chain ends. Rows are never deleted, so that locking them in the order of tenants cannot deadlock.
create table landlord.audit_chain (
  tenant_code text collate "C" primary key check (tenant_code <> ''),
  sequence bigint not null check (sequence >= 0),
  hash bytea not null,
  -- Commands from before the chain began.
  unchained bigint not null default 0 check (unchained >= 0)
);

grant select, insert, update on landlord.audit_chain to landlord_app, landlord_system;
select landlord.isolate_tenants('audit_chain');

-- Row security is forced on the owner, too.
set local role landlord_system;
insert into landlord.audit_chain (tenant_code, sequence, hash, unchained)
select tenant_code, 0, decode(repeat('00', 32), 'hex'), count(*) from landlord.command group by tenant_code;
reset role;
