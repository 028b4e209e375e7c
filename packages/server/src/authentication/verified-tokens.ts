import { hash } from 'node:crypto';
import { type Claims } from './claims.js';

interface VerifiedToken {
  readonly claims: Claims;
  readonly expiresAtMs: number;
  readonly verifiedAtMs: number;
}

const ENTRIES_LIMIT = 10_000;
/** A key that the issuer takes back ends tokens verified with it after this at the latest. */
const TRUST_MS = 300_000;

/** Tokens verified lately, by hash, so that a dump of the memory shows none. */
export class VerifiedTokens {
  private readonly entries = new Map<string, VerifiedToken>();

  find(token: string, nowMs: number): Claims | null {
    const name = hashOf(token);
    const entry = this.entries.get(name);
    if (!entry) return null;
    if (nowMs < entry.expiresAtMs && nowMs - entry.verifiedAtMs < TRUST_MS) return entry.claims;
    this.entries.delete(name);
    return null;
  }

  remember(token: string, entry: VerifiedToken): void {
    if (this.entries.size >= ENTRIES_LIMIT) this.forgetOldest();
    this.entries.set(hashOf(token), entry);
  }

  private forgetOldest(): void {
    const oldest = this.entries.keys().next();
    if (!oldest.done) this.entries.delete(oldest.value);
  }
}

function hashOf(token: string): string {
  return hash('sha256', token, 'base64');
}
