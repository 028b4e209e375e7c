import {
  type Command,
  generatePk,
  type Item,
  type JsonObject,
  TENANT_SK,
  tenantPk,
  VERSION_FIRST,
} from '@landlord/kernel';
import { type Tenant, type TenantAdmin } from './tenant.js';
import { type TenantView, tenantFields } from './tenant.schema.js';

export const TENANT_TYPE = 'TENANT';
export const USER_TYPE = 'USER';

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

export function createAdminCommand(tenantCode: string, { id, email }: TenantAdmin): Command {
  return {
    kind: 'full',
    pk: tenantPk(tenantCode),
    sk: generatePk(USER_TYPE, id),
    version: VERSION_FIRST,
    tenantCode,
    type: USER_TYPE,
    code: id,
    name: email ?? id,
    attributes: { email, roles: ['admin'], status: 'active' },
  };
}

export function tenantView(item: Item): TenantView {
  const { code, name, version, createdAt, updatedAt } = item;
  return { ...tenantFields.parse({ ...item.attributes, code, name }), version, createdAt, updatedAt };
}
