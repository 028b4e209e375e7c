import {
  type CryptoKey,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
} from 'jose';

/** How many keys of its issuer a token that names none is tried with. */
const KEYS_LIMIT = 5;

/** The payload of a token whose signature and claims hold. Throws what `jose` throws. */
export async function verifySigned(
  token: string,
  keyOf: JWTVerifyGetKey,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, keyOf, options)).payload;
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys) return verifyWithAny(token, error, options);
    throw error;
  }
}

async function verifyWithAny(
  token: string,
  keys: AsyncIterable<CryptoKey>,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  let tried = 0;
  for await (const key of keys) {
    if (tried === KEYS_LIMIT) break;
    tried += 1;
    const payload = await payloadUnder(token, key, options);
    if (payload) return payload;
  }
  throw new errors.JWSSignatureVerificationFailed();
}

/** Null when the key is not the token's, or cannot be used. */
async function payloadUnder(
  token: string,
  key: CryptoKey,
  options: JWTVerifyOptions,
): Promise<JWTPayload | null> {
  try {
    return (await jwtVerify(token, key, options)).payload;
  } catch (error) {
    const isOther = error instanceof errors.JWSSignatureVerificationFailed;
    if (isOther || !(error instanceof errors.JOSEError)) return null;
    throw error;
  }
}
