import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

export const SECRET_BOX = Symbol('SECRET_BOX');
export const SECRET_KEY_BYTES = 32;

const ALGORITHM = 'aes-256-gcm';
const FORMAT = 'v1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_ID_LENGTH = 8;

/** A secret cannot be read with the key of this process. `message` holds no secret. */
export class UnreadableSecret extends Error {
  override readonly name = 'UnreadableSecret';
}

/** Keeps secrets so that they can be stored: AES-256-GCM with a key that is never stored beside them. */
export class SecretBox {
  /** Tells keys apart; no secret. */
  readonly keyId: string;

  /** Of `SECRET_KEY_BYTES`. */
  constructor(private readonly key: Uint8Array) {
    if (key.length !== SECRET_KEY_BYTES)
      throw new Error(`the key for secrets has ${key.length} bytes, not ${SECRET_KEY_BYTES}`);
    this.keyId = createHash('sha256')
      .update('landlord secret key id')
      .update(key)
      .digest('hex')
      .slice(0, KEY_ID_LENGTH);
  }

  /** `place` says whose it is: the sealed text opens nowhere else. */
  seal(secret: string, place: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.key, nonce).setAAD(Buffer.from(place));
    const sealed = Buffer.concat([nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${FORMAT}.${this.keyId}.${sealed.toString('base64url')}`;
  }

  /** Throws `UnreadableSecret`. */
  open(text: string, place: string): string {
    const [format, keyId, content = ''] = text.split('.');
    if (format !== FORMAT)
      throw new UnreadableSecret('the signing secret is kept in a form that is not known here');
    if (keyId !== this.keyId) throw new UnreadableSecret(otherKey(String(keyId), this.keyId));
    const sealed = Buffer.from(content, 'base64url');
    const decipher = createDecipheriv(ALGORITHM, this.key, sealed.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    try {
      decipher.setAAD(Buffer.from(place)).setAuthTag(sealed.subarray(-TAG_BYTES));
      const opened = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
      return Buffer.concat([opened, decipher.final()]).toString('utf8');
    } catch {
      throw new UnreadableSecret('the signing secret was changed where it is kept; rotate it');
    }
  }
}

function otherKey(needed: string, own: string): string {
  return (
    `the signing secret was sealed with another LANDLORD_SECRET_KEY (${needed}) than this server has (${own}): ` +
    'give every server the same one, or rotate the secret'
  );
}
