import { join } from 'node:path';
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
} from 'jose';
import { z } from 'zod';
import { keyFileText } from '../startup/key-file.js';

export const SIGNING_ALGORITHM = 'ES256';
const FILE_NAME = 'signing-key.jwk';

export interface SigningKey {
  readonly keyId: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

const storedKey = z.object({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  d: z.string(),
});

/** The key of a data folder, made at the first time. Processes that begin together agree on one key. */
export async function loadSigningKey(dataDir: string): Promise<SigningKey> {
  const file = join(dataDir, FILE_NAME);
  const text = await keyFileText({ dataDir, name: FILE_NAME }, newKeyText);
  const parsed = storedKey.safeParse(jsonOf(text));
  if (parsed.success) return keyOf(parsed.data, file);
  throw new Error(unusable(file));
}

async function keyOf({ d, ...publicJwk }: z.output<typeof storedKey>, file: string): Promise<SigningKey> {
  try {
    return {
      keyId: await calculateJwkThumbprint(publicJwk),
      privateKey: (await importJWK({ ...publicJwk, d }, SIGNING_ALGORITHM)) as CryptoKey,
      publicKey: (await importJWK(publicJwk, SIGNING_ALGORITHM)) as CryptoKey,
    };
  } catch (cause) {
    throw new Error(unusable(file), { cause });
  }
}

function unusable(file: string): string {
  return `${file} is not a signing key of Landlord. Move it away: a new one is made, and tokens signed with the old one end.`;
}

async function newKeyText(): Promise<string> {
  const { privateKey } = await generateKeyPair(SIGNING_ALGORITHM, { extractable: true });
  const jwk: JWK = await exportJWK(privateKey);
  return JSON.stringify(jwk);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
