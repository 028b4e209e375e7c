import { randomInt } from 'node:crypto';

const LETTERS = 'bcdfghjkmnpqrstvwxz0123456789';
/** Nothing else begins so: markers of all kinds have the same place in a sorted list. */
const BEGINNING = 'q';
const RANDOM_LENGTH = 8;

/** A text that occurs nowhere else, usable in a tenant code, and always of the same length. */
export function newMarker(kind: 'attacker' | 'mirror' | 'victim' | 'system'): string {
  const random = Array.from({ length: RANDOM_LENGTH }, () => LETTERS[randomInt(LETTERS.length)] ?? 'x');
  return `${BEGINNING}${kind.charAt(0)}${random.join('')}`;
}

/** Names made of one marker, each only once. */
export class MarkedNames {
  private count = 0;

  constructor(readonly marker: string) {}

  /** Free text. Nobody but its owner may ever be shown it. */
  canary(): string {
    return `canary-${this.marker}-${this.next()}`;
  }

  code(): string {
    return `${this.marker}-${this.next()}`;
  }

  email(): string {
    return `person-${this.marker}-${this.next()}@example.com`;
  }

  idempotencyKey(): string {
    return `key-${this.marker}-${this.next()}`;
  }

  private next(): number {
    this.count += 1;
    return this.count;
  }
}

export function canariesIn(text: string, marker: string): string[] {
  return [...new Set(text.match(new RegExp(`canary-${marker}-\\d+`, 'gi')) ?? [])];
}

const BASE64_TEXT = /[A-Za-z0-9_-]{16,}/g;

/** The text with what lies behind its base64url parts, such as cursors. */
export function withDecoded(text: string): string {
  const decoded = (text.match(BASE64_TEXT) ?? []).map((part) => Buffer.from(part, 'base64url').toString());
  return [text, ...decoded].join('\n');
}
