import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { SECRET_KEY_BYTES } from '@landlord/saas';
import { keyFileText } from '../startup/key-file.js';
import { StartupError } from '../startup/startup-error.js';

const FILE_NAME = 'secret-key';
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/** The key that seals stored secrets: the configured one, or that of the data folder, made at the first time. */
export async function loadSecretKey(dataDir: string, configured: Uint8Array | null): Promise<Uint8Array> {
  if (configured) return configured;
  const make = () => Promise.resolve(randomBytes(SECRET_KEY_BYTES).toString('base64'));
  const key = parseSecretKey((await keyFileText({ dataDir, name: FILE_NAME }, make)).trim());
  if (key) return key;
  throw new StartupError(
    `${join(dataDir, FILE_NAME)} is not a key of Landlord. Move it away: a new one is made, and signing secrets of webhooks sealed with the old one must be rotated.`,
  );
}

/** Null when the text is not base64 of 32 bytes. */
export function parseSecretKey(text: string): Uint8Array | null {
  if (!BASE64.test(text)) return null;
  const key = Buffer.from(text, 'base64');
  return key.length === SECRET_KEY_BYTES ? key : null;
}
