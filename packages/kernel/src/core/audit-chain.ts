import { createHash } from 'node:crypto';
import { canonicalJson, type JsonObject, type JsonValue } from '../pure/json.js';
import { type AuditLink, type CommandRecord } from './command.js';

/** What the first link of every chain follows. */
export const CHAIN_START = { sequence: 0, hash: '0'.repeat(64) } as const;

/** The parts of a record that its hash is made of; `position` and the link itself are not among them. */
export type ChainedContent = Omit<CommandRecord, 'position' | 'link' | 'isRedacted'>;

/** SHA-256 over the canonical JSON of a command as carried out; hexadecimal. */
export function contentHashOf(content: ChainedContent): string {
  const { pk, sk, version, kind, tenantCode, type, input, item, userId, requestId, source, ip, at } = content;
  const said = { pk, sk, version, kind, tenantCode, type, userId, requestId, source, ip, at };
  const text = canonicalJson({ ...said, input: storedForm(input), item: item as unknown as JsonObject });
  return createHash('sha256').update(text).digest('hex');
}

/**
 * SHA-256 over the 32 bytes of the link before, the sequence as 8 bytes (big-endian), and the 32 bytes of the
 * content's hash; hexadecimal.
 */
export function linkHashOf(previousHash: string, { sequence, contentHash }: Omit<AuditLink, 'hash'>): string {
  const number = Buffer.alloc(8);
  number.writeBigInt64BE(BigInt(sequence));
  const hash = createHash('sha256').update(previousHash, 'hex').update(number);
  return hash.update(contentHash, 'hex').digest('hex');
}

/**
 * A hash over what an erasure left of a log, one redacted command after the other, from `CHAIN_START.hash`:
 * SHA-256 over the 32 bytes before and the 32 bytes of the command's content hash; hexadecimal.
 */
export function remainderHashOf(before: string, left: ChainedContent): string {
  return createHash('sha256').update(before, 'hex').update(contentHashOf(left), 'hex').digest('hex');
}

/** As JSON keeps it: names that say nothing are not there. */
function storedForm(input: object): JsonObject {
  const said = Object.entries(input).filter(([, value]) => value !== undefined);
  return Object.fromEntries(said as [string, JsonValue][]);
}
