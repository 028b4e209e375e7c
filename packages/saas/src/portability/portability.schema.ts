import { z } from 'zod';
import { instantValue, text } from '../http/index.js';

export const exportLine = z
  .object({
    kind: z.enum(['tenant-export', 'item', 'command', 'removed', 'event', 'eventId', 'hour', 'footer']),
  })
  .meta({
    id: 'TenantExportLine',
    description:
      'First the header, then items, commands in the order of the chain, usage events, ids of usage events that are no longer kept, what each hour came to; last the footer with counts and the SHA-256 of all before it. Without a footer the export broke off.',
  });

const counts = z.object({
  items: z.int(),
  commands: z.int(),
  removed: z.int(),
  events: z.int(),
  eventIds: z.int(),
  hours: z.int(),
  sightings: z.int().meta({ description: 'Values that unique meters have counted.' }),
});

export const importView = z
  .object({ tenantCode: z.string().meta({ example: 'acme-corp' }), counts })
  .meta({ id: 'ImportedTenant' });

export const eraseBody = z.strictObject({
  confirm: text({ max: 63 }).meta({
    description: 'The code of the tenant, once more.',
    example: 'acme-corp',
  }),
  reason: text({ max: 500 }).exactOptional().meta({
    description: 'Kept in the certificate, where members that it names become pseudonyms.',
    example: 'request of 2024-03-01',
  }),
});

export type EraseInput = z.output<typeof eraseBody>;

const byName = z.record(z.string(), z.int());
const hash = z.string().meta({ description: 'SHA-256, hexadecimal.' });

export const certificateView = z
  .object({
    tenantCode: z.string().meta({ example: 'acme-corp' }),
    erasedAt: instantValue,
    by: z.string().meta({ description: 'The operator.' }),
    reason: z.string().nullable(),
    items: z.object({ erased: byName, kept: byName }).meta({ description: 'How many, by type.' }),
    sequences: z.array(z.tuple([z.int(), z.int()])).meta({
      description: 'From and to: entries of the log that were redacted or removed.',
      example: [[1, 240]],
    }),
    commands: z.object({ redacted: z.int(), removed: z.int() }),
    rows: byName.meta({ description: 'What was removed outside of items and log.' }),
    headBefore: z.object({ sequence: z.int(), hash }),
    remainderHash: hash,
  })
  .meta({ id: 'ErasureCertificate' });

export type CertificateView = z.output<typeof certificateView>;
