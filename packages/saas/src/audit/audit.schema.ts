import { type CommandRecord, generateId, type JsonObject } from '@landlord/kernel';
import { z } from 'zod';
import { instantValue } from '../http/index.js';

export const auditEntryView = z
  .object({
    id: z.string().meta({ description: 'The item.', example: 'TENANT#acme-corp#MASTER' }),
    type: z.string().meta({ example: 'TENANT' }),
    version: z.int().meta({ description: 'The version the command made.', example: 1 }),
    kind: z.enum(['full', 'partial', 'increment']),
    at: instantValue,
    userId: z.string().meta({
      description: '`several` where the usage of several callers was written at once.',
      example: 'usr-001',
    }),
    source: z.string().meta({ example: 'POST /tenants/provision' }),
    ip: z.string().nullable(),
    requestId: z.string(),
    command: z
      .custom<JsonObject>()
      .meta({ override: { type: 'object' }, description: 'What was asked for, as carried out.' }),
  })
  .meta({ id: 'AuditEntry' });

export type AuditEntryView = z.output<typeof auditEntryView>;

export function auditEntry(record: CommandRecord): AuditEntryView {
  const { type, version, kind, at, userId, source, ip, requestId, input } = record;
  const command = input as unknown as JsonObject;
  return {
    id: generateId(record.pk, record.sk),
    type,
    version,
    kind,
    at,
    userId,
    source,
    ip,
    requestId,
    command,
  };
}
