import { createHash } from 'node:crypto';
import { invalidInput, type JsonValue } from '@landlord/kernel';

/** Binds a cursor to its query, so that one taken from another list is refused rather than misread. */
function bindingOf(query: JsonValue): string {
  return createHash('sha256').update(JSON.stringify(query)).digest('base64url').slice(0, 12);
}

export function encodeCursor(query: JsonValue, place: readonly string[]): string {
  return Buffer.from(JSON.stringify([bindingOf(query), ...place])).toString('base64url');
}

/** The place to go on from; null at the start. Throws `validation_failed` for anything this query did not give out. */
export function decodeCursor(
  query: JsonValue,
  cursor: string | undefined,
  parts: number,
): readonly string[] | null {
  if (cursor === undefined) return null;
  const [binding, ...place] = parseCursor(cursor);
  const isText =
    place.length === parts && place.every((part) => typeof part === 'string' && !part.includes('\u0000'));
  if (isText && binding === bindingOf(query)) return place as string[];
  throw invalidInput('cursor', 'is not a cursor of this list; begin again without one');
}

function parseCursor(cursor: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}
