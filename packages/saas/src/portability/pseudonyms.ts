import { createHmac } from 'node:crypto';
import { isJsonObject, type JsonObject, type JsonValue } from '@landlord/kernel/pure';

const EMAIL = /[^\s@<>"(),;:[\]]+@[^\s@<>"'(),;:[\]{}]+\.[^\s@<>"'(),;:[\]{}]+/g;
const WORD = /[\p{L}\p{N}_@.-]+/gu;
/** Names of fields that say who: there even a plain word is a person. */
const PERSONAL_FIELD =
  /(^|[a-z])(by|user(id)?|actor|owner|member|email|name|contact|recipient|person|attention|phone)$/i;
const PSEUDONYM_DIGITS = 12;
const NAME_WORDS_LIMIT = 12;

/** Somebody as known from the items that are about persons. */
export interface Person {
  readonly id: string;
  /** Names, addresses, numbers: whatever was ever said of them. */
  readonly texts: readonly string[];
}

/**
 * Puts a stable pseudonym in the place of persons, wherever they are named. Keyed by a salt that is thrown away, so
 * that nobody can find a person by trying names.
 */
export class Pseudonyms {
  private readonly personByText = new Map<string, string>();
  /** Names by their first word, to find them in running text. */
  private readonly namesByWord = new Map<string, Set<string>>();
  private readonly kept = new Set<string>();

  constructor(private readonly salt: Uint8Array) {}

  learn({ id, texts }: Person): void {
    for (const text of [id, ...texts]) {
      const known = normal(text);
      if (known === '' || this.personByText.has(known)) continue;
      this.personByText.set(known, id);
      const [first = ''] = wordsOf(known);
      const names = this.namesByWord.get(first) ?? new Set();
      this.namesByWord.set(first, names.add(known));
    }
  }

  /** A text that is kept as it is where it stands alone, such as the name of the company. */
  keep(text: string): void {
    if (!text.includes('@')) this.kept.add(text);
  }

  /** `person-3f9a01c2b7de`. */
  of(text: string): string {
    const person = this.personByText.get(normal(text)) ?? normal(text);
    const digest = createHmac('sha256', this.salt).update(person).digest('hex');
    return `person-${digest.slice(0, PSEUDONYM_DIGITS)}`;
  }

  /** Every e-mail address, and every known person, at any depth; names of fields too, where they are persons. */
  walk(value: JsonObject): JsonObject {
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [this.text(name), this.inner(inner, name)]),
    );
  }

  /** `field`: the name of the field it stands in. */
  text(text: string, field = ''): string {
    if (this.kept.has(text)) return text;
    const known = normal(text);
    if (this.personByText.has(known) && (PERSONAL_FIELD.test(field) || isDistinctive(known)))
      return this.of(text);
    return this.inRunningText(text.replace(EMAIL, (address) => this.of(address)));
  }

  private inner(value: JsonValue, field: string): JsonValue {
    if (typeof value === 'string') return this.text(value, field);
    if (Array.isArray(value)) return value.map((each: JsonValue) => this.inner(each, field));
    return isJsonObject(value) ? this.walk(value) : value;
  }

  private inRunningText(text: string): string {
    if (!/\s/.test(text)) return text;
    let result = '';
    let end = 0;
    for (const match of text.matchAll(WORD)) {
      if (match.index < end) continue;
      const name = this.nameAt(text.slice(match.index), match[0]);
      if (name === null) continue;
      result += text.slice(end, match.index) + this.of(name);
      end = match.index + name.length;
    }
    return result + text.slice(end);
  }

  /** The longest known name that the text begins with, as it stands there. */
  private nameAt(text: string, word: string): string | null {
    const names =
      this.namesByWord.get(normal(word)) ?? this.namesByWord.get(normal(word.replace(/[.@-]+$/, '')));
    if (!names) return null;
    const found = [...names]
      .filter((name) => isNameInText(name) && normal(text.slice(0, name.length)) === name)
      .filter((name) => !/^[\p{L}\p{N}]/u.test(text.slice(name.length)))
      .sort((left, right) => right.length - left.length);
    return found[0] === undefined ? null : text.slice(0, found[0].length);
  }
}

function normal(text: string): string {
  return text.trim().toLowerCase();
}

function wordsOf(text: string): string[] {
  return [...text.matchAll(WORD)].slice(0, NAME_WORDS_LIMIT).map(([word]) => word);
}

/** No word of the trade, such as `admin` or `active`: it has a digit, a space or an at sign. */
function isDistinctive(text: string): boolean {
  return text.length >= 3 && /[\s@|\d]/.test(text);
}

/** In running text a single short word is rather a word than a name. */
function isNameInText(name: string): boolean {
  return isDistinctive(name) || name.length >= 4;
}
