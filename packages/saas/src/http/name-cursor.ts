import { invalidInput } from '@landlord/kernel/pure';

const NAME_LENGTH_LIMIT = 512;

/** Goes on behind a name, so that what is written meanwhile neither repeats nor skips the others. */
export function nameCursor(list: string, name: string): string {
  return Buffer.from(JSON.stringify([list, name])).toString('base64url');
}

/** The name to go on behind; null at the start. Throws `validation_failed` for what this list did not give out. */
export function nameFromCursor(list: string, cursor: string | undefined): string | null {
  if (cursor === undefined) return null;
  const [of, name] = parsed(cursor);
  if (of === list && typeof name === 'string' && isStorable(name)) return name;
  throw invalidInput('cursor', 'is not a cursor of this list; begin again without one');
}

function isStorable(name: string): boolean {
  return name.length <= NAME_LENGTH_LIMIT && !name.includes('\u0000') && name.isWellFormed();
}

function parsed(cursor: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
