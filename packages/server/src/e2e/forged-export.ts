import { createHash } from 'node:crypto';
import { CHAIN_START, canonicalJson, contentHashOf, linkHashOf } from '@landlord/kernel';

/** An export with another text in its items and commands, and all its hashes made anew. */
export function forgedExport(file: string, from: string, to: string): string {
  const [header = '', ...rest] = file.trimEnd().split('\n');
  const footer = JSON.parse(rest.pop() ?? '');
  let { hash } = CHAIN_START as { hash: string };
  const lines = rest.map((line) => {
    const row = JSON.parse(line.replaceAll(from, to));
    if (row.kind === 'command') {
      const contentHash = contentHashOf(row.command);
      const { sequence } = row.command.link;
      hash = linkHashOf(hash, { sequence, contentHash });
      row.command.link = { sequence, contentHash, hash };
    }
    return canonicalJson(row);
  });
  const head = JSON.parse(header);
  const text = [canonicalJson({ ...head, head: { ...head.head, hash } }), ...lines, ''].join('\n');
  const sha256 = createHash('sha256').update(text).digest('hex');
  return `${text}${canonicalJson({ ...footer, sha256 })}\n`;
}
