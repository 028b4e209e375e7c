import {
  type AuditLink,
  type Command,
  type CommandRecord,
  type Item,
  type JsonObject,
} from '@landlord/kernel';
import { type Row } from './database.js';

export interface ItemRow extends Row {
  pk: string;
  sk: string;
  version: number;
  tenant_code: string;
  type: string;
  code: string;
  name: string;
  attributes: JsonObject;
  is_deleted: boolean;
  due_at: string | null;
  created_at: string;
  created_by: string;
  updated_at: string;
  updated_by: string;
  request_id: string;
  source: string;
}

export const ITEM_COLUMNS = `pk, sk, version, tenant_code, type, code, name, attributes, is_deleted, due_at,
  created_at, created_by, updated_at, updated_by, request_id, source`;

export function itemFromRow(row: ItemRow): Item {
  return {
    pk: row.pk,
    sk: row.sk,
    version: row.version,
    tenantCode: row.tenant_code,
    type: row.type,
    code: row.code,
    name: row.name,
    attributes: row.attributes,
    isDeleted: row.is_deleted,
    dueAt: row.due_at,
    createdAt: row.created_at,
    createdBy: row.created_by,
    updatedAt: row.updated_at,
    updatedBy: row.updated_by,
    requestId: row.request_id,
    source: row.source,
  };
}

export function rowFromItem(item: Item) {
  return {
    pk: item.pk,
    sk: item.sk,
    version: item.version,
    tenant_code: item.tenantCode,
    type: item.type,
    code: item.code,
    name: item.name,
    attributes: item.attributes,
    is_deleted: item.isDeleted,
    due_at: item.dueAt,
    created_at: item.createdAt,
    created_by: item.createdBy,
    updated_at: item.updatedAt,
    updated_by: item.updatedBy,
    request_id: item.requestId,
    source: item.source,
  } satisfies { [Column in keyof ItemRow]: unknown };
}

export interface CommandRow extends Row {
  pk: string;
  sk: string;
  version: number;
  kind: Command['kind'];
  tenant_code: string;
  type: string;
  input: Command;
  item: Item;
  user_id: string;
  request_id: string;
  source: string;
  ip: string | null;
  at: string;
  position: number;
  sequence: number | null;
  content_hash: string | null;
  chain_hash: string | null;
  is_redacted: boolean;
}

export const COMMAND_COLUMNS = `pk, sk, version, kind, tenant_code, type, input, item, user_id, request_id, source, ip, at,
  position, sequence, encode(content_hash, 'hex') as content_hash, encode(chain_hash, 'hex') as chain_hash, is_redacted`;

export function commandFromRow(row: CommandRow): CommandRecord {
  return {
    pk: row.pk,
    sk: row.sk,
    version: row.version,
    kind: row.kind,
    tenantCode: row.tenant_code,
    type: row.type,
    input: row.input,
    item: row.item,
    userId: row.user_id,
    requestId: row.request_id,
    source: row.source,
    ip: row.ip,
    at: row.at,
    position: String(row.position),
    link: linkFromRow(row),
    isRedacted: row.is_redacted,
  };
}

function linkFromRow({ sequence, content_hash, chain_hash }: CommandRow): AuditLink | null {
  if (sequence === null || content_hash === null || chain_hash === null) return null;
  return { sequence, contentHash: content_hash, hash: chain_hash };
}
