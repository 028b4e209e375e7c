import {
  type Command,
  type Item,
  type JsonObject,
  TENANT_SK,
  tenantPk,
  VERSION_FIRST,
} from '@landlord/kernel';
import { type Tenant } from './tenant.js';
import { type TenantView, tenantFields } from './tenant.schema.js';

export const TENANT_TYPE = 'TENANT';

export function tenantKey(tenantCode: string) {
  return { pk: tenantPk(tenantCode), sk: TENANT_SK };
}

export function createTenantCommand(tenant: Tenant): Command {
  const { code, name, ...attributes } = tenant;
  return {
    kind: 'full',
    ...tenantKey(code),
    version: VERSION_FIRST,
    tenantCode: code,
    type: TENANT_TYPE,
    code,
    name,
    attributes: attributes as unknown as JsonObject,
  };
}

export function tenantView(item: Item): TenantView {
  const { code, name, version, createdAt, updatedAt } = item;
  return { ...tenantFields.parse({ ...item.attributes, code, name }), version, createdAt, updatedAt };
}
