import { createHash, type Hash } from 'node:crypto';
import { type TenantRow } from '@landlord/kernel';
import { canonicalJson, type JsonObject } from '@landlord/kernel/pure';

export const FILE_FORMAT = 2;

/** How many lines of each kind a file has. */
export interface FileCounts {
  readonly items: number;
  readonly commands: number;
  readonly removed: number;
  readonly events: number;
  readonly eventIds: number;
  readonly hours: number;
  /** Values that unique meters have counted. */
  readonly sightings: number;
}

const COUNTED = {
  item: 'items',
  command: 'commands',
  removed: 'removed',
  event: 'events',
  eventId: 'eventIds',
  hour: 'hours',
  sighting: 'sightings',
} as const;

/** Counts lines and hashes their bytes: the same for who writes a file and who reads one. */
export class FileDigest {
  private readonly hash: Hash = createHash('sha256');
  private readonly tally = {
    items: 0,
    commands: 0,
    removed: 0,
    events: 0,
    eventIds: 0,
    hours: 0,
    sightings: 0,
  };

  /** A line with its end. */
  add(kind: TenantRow['kind'], line: string): void {
    this.hash.update(line);
    if (kind !== 'head') this.tally[COUNTED[kind]] += 1;
  }

  get counts(): FileCounts {
    return { ...this.tally };
  }

  /** SHA-256 of everything so far, hexadecimal. Once. */
  sha256(): string {
    return this.hash.digest('hex');
  }
}

/** One row as a line: canonical JSON, so that equal data has equal bytes. */
export function lineOf(row: TenantRow): string {
  if (row.kind !== 'head') return `${canonicalJson(row as unknown as JsonObject)}\n`;
  const { tenantCode, ...head } = row.head;
  return `${canonicalJson({ kind: 'tenant-export', format: FILE_FORMAT, tenantCode, head })}\n`;
}

export function footerOf(digest: FileDigest): string {
  const { counts } = digest;
  return `${canonicalJson({ kind: 'footer', counts: { ...counts }, sha256: digest.sha256() })}\n`;
}
