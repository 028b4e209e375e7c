import {
  COMMON_TENANT_CODE,
  type Command,
  generatePk,
  type Increment,
  type Item,
  type JsonObject,
  TENANT_SK,
  tenantPk,
  VERSION_FIRST,
} from '@landlord/kernel';
import { type Tenant, type TenantStatus } from './tenant.js';
import {
  type CommonView,
  type CreateCommonInput,
  type CreateGroupInput,
  type GroupView,
  type TenantView,
  tenantFields,
} from './tenant.schema.js';

export const TENANT_TYPE = 'TENANT';
export const COMMON_TYPE = 'COMMON';
export const GROUP_TYPE = 'GROUP';
export const GROUP_PREFIX = `${GROUP_TYPE}#`;
export const CHILD_TYPE = 'CHILD';
/** Directly below one tenant. */
export const CHILDREN_LIMIT = 10_000;
export const CHILDREN_TYPE = 'CHILDREN';
export const CHILD_PREFIX = `${CHILD_TYPE}#`;

export function tenantKey(tenantCode: string) {
  return { pk: tenantPk(tenantCode), sk: TENANT_SK };
}

export function groupKey(tenantCode: string, group: string) {
  return { pk: tenantPk(tenantCode), sk: generatePk(GROUP_TYPE, group) };
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

/** Where it is found among the items of its parent. */
export function childKey(parentCode: string, childCode: string) {
  return { pk: tenantPk(parentCode), sk: generatePk(CHILD_TYPE, childCode) };
}

export function childrenKey(tenantCode: string) {
  return { pk: tenantPk(tenantCode), sk: CHILDREN_TYPE };
}

/**
 * The child among the items of its parent, where it is found, and counted there: refused, as out of bounds, when the
 * parent is not active at that moment. Counted on an item of its own, so that children hold up neither each other nor
 * changes of the parent.
 */
export function linkCommands(parentCode: string, child: Pick<Tenant, 'code' | 'name'>): Command[] {
  const link: Command = {
    kind: 'full',
    ...childKey(parentCode, child.code),
    version: VERSION_FIRST,
    tenantCode: parentCode,
    type: CHILD_TYPE,
    code: child.code,
    name: child.name,
    attributes: {},
  };
  const counted = childrenCommand(parentCode, [
    { path: ['inactive'], by: '0', max: '0' },
    { path: ['count'], by: '1', max: String(CHILDREN_LIMIT) },
  ]);
  return [link, counted];
}

/** What keeps children away from a tenant as long as it is not active; none where that does not change. */
export function gateCommands(tenantCode: string, before: TenantStatus, after: TenantStatus): Command[] {
  const by = Number(after !== 'active') - Number(before !== 'active');
  return by === 0 ? [] : [childrenCommand(tenantCode, [{ path: ['inactive'], by: String(by) }])];
}

function childrenCommand(tenantCode: string, increments: readonly Increment[]): Command {
  const base = { tenantCode, type: CHILDREN_TYPE, code: tenantCode, name: `tenants below ${tenantCode}` };
  const initial = { ...base, attributes: { count: 0, inactive: 0 } };
  return { kind: 'increment', ...childrenKey(tenantCode), increments, initial };
}

export function createCommonCommand({ name, attributes = {} }: CreateCommonInput): Command {
  return {
    kind: 'full',
    ...tenantKey(COMMON_TENANT_CODE),
    version: VERSION_FIRST,
    tenantCode: COMMON_TENANT_CODE,
    type: COMMON_TYPE,
    code: COMMON_TENANT_CODE,
    name,
    attributes: { attributes },
  };
}

/** `version` is that of a group removed before, otherwise `VERSION_FIRST`. */
export function createGroupCommand(
  tenantCode: string,
  { code, name, attributes = {} }: CreateGroupInput,
  version: number,
): Command {
  const base = { tenantCode, type: GROUP_TYPE, code, name };
  return { kind: 'full', ...groupKey(tenantCode, code), version, ...base, attributes: { attributes } };
}

/** Whose it is follows from where the item is, never from what it says. */
export function tenantView(item: Item): TenantView {
  const { tenantCode: code, name, version, createdAt, updatedAt } = item;
  return { ...tenantFields.parse({ ...item.attributes, code, name }), version, createdAt, updatedAt };
}

export function commonView({ name, attributes, version, createdAt, updatedAt }: Item): CommonView {
  return { code: COMMON_TENANT_CODE, name, attributes: ownOf(attributes), version, createdAt, updatedAt };
}

export function groupView({ code, name, attributes, version }: Item): GroupView {
  return { code, name, attributes: ownOf(attributes), version };
}

function ownOf({ attributes }: JsonObject): JsonObject {
  return (attributes ?? {}) as JsonObject;
}
