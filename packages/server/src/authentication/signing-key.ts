import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
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

export const SIGNING_ALGORITHM = 'ES256';

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
  const file = join(dataDir, 'signing-key.jwk');
  const text = (await readIfThere(file)) ?? (await createKeyFile(dataDir, file));
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

/** Written aside and put in place by a link, which fails when another process was first. */
async function createKeyFile(dataDir: string, file: string): Promise<string> {
  await mkdir(dataDir, { recursive: true });
  const { privateKey } = await generateKeyPair(SIGNING_ALGORITHM, { extractable: true });
  const jwk: JWK = await exportJWK(privateKey);
  const draft = `${file}.${randomUUID()}`;
  try {
    await writeFile(draft, `${JSON.stringify(jwk)}\n`, { mode: 0o600, flag: 'wx' });
    await putInPlace(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
  return readFile(file, 'utf8');
}

async function putInPlace(draft: string, file: string): Promise<void> {
  try {
    await link(draft, file);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return;
    // Some mounted folders know no links.
    await copyFile(draft, file, constants.COPYFILE_EXCL).catch((copyError: unknown) => {
      if (codeOf(copyError) !== 'EEXIST') throw copyError;
    });
  }
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
