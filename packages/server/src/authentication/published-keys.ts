import {
  type Clock,
  COMMON_TENANT_CODE,
  generatePk,
  type ItemKey,
  refusalError,
  type Store,
  SYSTEM_SCOPE,
  VERSION_FIRST,
} from '@landlord/kernel';
import {
  type CryptoKey,
  calculateJwkThumbprint,
  errors,
  exportJWK,
  importJWK,
  type JWTVerifyGetKey,
} from 'jose';
import { z } from 'zod';
import { issuerUnavailable } from './issuer-unavailable.js';
import { SIGNING_ALGORITHM, type SigningKey } from './signing-key.js';

const TYPE = 'SIGNINGKEY';
const KEY_ID = /^[A-Za-z0-9_-]{43}$/;
/** How long a key is believed without looking again: a key taken out of the store ends after this. */
const TRUST_MS = 300_000;
/** How long a key that is not there is not looked for again. */
const ABSENCE_MS = 10_000;
const ENTRIES_LIMIT = 1_000;
/** Look-ups of unknown keys in one window; anybody can make up key ids. */
const LOOK_UPS_LIMIT = 50;
const WINDOW_MS = 10_000;
/** How long the store is left alone after it failed. */
const PAUSE_MS = 1_000;

const publicJwk = z.object({ kty: z.literal('EC'), crv: z.literal('P-256'), x: z.string(), y: z.string() });

interface Entry {
  readonly key: CryptoKey | null;
  readonly untilMs: number;
}

/** Puts the public half into the store, for the other servers on it. A key once taken out stays out. */
export async function publishKey(
  store: Store,
  clock: Clock,
  { keyId, publicKey }: SigningKey,
): Promise<void> {
  const address = addressOf(keyId);
  if (await store.get(SYSTEM_SCOPE, address)) return;
  const { kty, crv, x, y } = publicJwk.parse(await exportJWK(publicKey));
  const result = await store.commit({
    scope: SYSTEM_SCOPE,
    origin: { userId: 'system', requestId: 'startup', source: 'startup', ip: null, at: clock.now() },
    commands: [
      {
        kind: 'full',
        ...address,
        version: VERSION_FIRST,
        tenantCode: COMMON_TENANT_CODE,
        type: TYPE,
        code: keyId,
        name: 'Public key of session tokens',
        attributes: { kty, crv, x, y },
      },
    ],
  });
  // Another process with the same key may have been first.
  const isThere = result.status === 'refused' && result.refusal.reason === 'version_conflict';
  if (result.status === 'refused' && !isThere) throw refusalError(result.refusal);
}

/** The keys of all servers on one store: the own one, and those the others published. */
export class PublishedKeys {
  private readonly entries = new Map<string, Entry>();
  private readonly pending = new Map<string, Promise<CryptoKey | null>>();
  private window = { beginsMs: 0, lookUps: 0 };
  private pausedUntilMs = 0;

  constructor(
    private readonly store: Pick<Store, 'get'>,
    private readonly own: SigningKey,
  ) {}

  /** Throws `JWKSNoMatchingKey`, or `unavailable` while nobody can say. */
  readonly keyOf: JWTVerifyGetKey = async ({ kid = '' }) => {
    if (kid === this.own.keyId) return this.own.publicKey;
    const key = KEY_ID.test(kid) ? await this.find(kid) : null;
    if (key) return key;
    throw new errors.JWKSNoMatchingKey();
  };

  private find(keyId: string): Promise<CryptoKey | null> {
    const nowMs = Date.now();
    const entry = this.entries.get(keyId);
    if (entry && nowMs < entry.untilMs) return Promise.resolve(entry.key);
    const running = this.pending.get(keyId);
    if (running) return running;
    this.admitLookUp(nowMs, entry?.key != null);
    const asked = this.ask(keyId).finally(() => this.pending.delete(keyId));
    this.pending.set(keyId, asked);
    return asked;
  }

  /** Keys that were good before do not wait behind made-up ones. */
  private admitLookUp(nowMs: number, isKnown: boolean): void {
    if (nowMs < this.pausedUntilMs) throw issuerUnavailable(PAUSE_MS / 1000);
    if (isKnown) return;
    if (nowMs - this.window.beginsMs >= WINDOW_MS) this.window = { beginsMs: nowMs, lookUps: 0 };
    if (this.window.lookUps >= LOOK_UPS_LIMIT)
      throw issuerUnavailable(Math.ceil((this.window.beginsMs + WINDOW_MS - nowMs) / 1000));
    this.window.lookUps += 1;
  }

  private async ask(keyId: string): Promise<CryptoKey | null> {
    try {
      const item = await this.store.get(SYSTEM_SCOPE, addressOf(keyId));
      const key = item && !item.isDeleted ? await keyFrom(item.attributes, keyId) : null;
      this.remember(keyId, { key, untilMs: Date.now() + (key ? TRUST_MS : ABSENCE_MS) });
      return key;
    } catch (error) {
      this.pausedUntilMs = Date.now() + PAUSE_MS;
      throw issuerUnavailable(PAUSE_MS / 1000, error);
    }
  }

  private remember(keyId: string, entry: Entry): void {
    this.entries.delete(keyId);
    const oldest = this.entries.size >= ENTRIES_LIMIT ? this.entries.keys().next() : null;
    if (oldest && !oldest.done) this.entries.delete(oldest.value);
    this.entries.set(keyId, entry);
  }
}

function addressOf(keyId: string): ItemKey {
  return { pk: generatePk(TYPE, COMMON_TENANT_CODE), sk: generatePk(TYPE, keyId) };
}

/** Null for what is no key, or not the one of that id: the id is made of the key. */
async function keyFrom(attributes: unknown, keyId: string): Promise<CryptoKey | null> {
  const parsed = publicJwk.safeParse(attributes);
  if (!parsed.success || (await calculateJwkThumbprint(parsed.data)) !== keyId) return null;
  return (await importJWK(parsed.data, SIGNING_ALGORITHM)) as CryptoKey;
}
