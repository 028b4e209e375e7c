import { createHmac, createPublicKey, type JsonWebKey } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { type FakeOidc } from './fake-oidc.js';

/** A token that nobody may be let in with, made for the issuer as it is now. */
export type ForgedToken = readonly [name: string, make: (oidc: FakeOidc) => string | Promise<string>];

const secondsNow = () => Math.floor(Date.now() / 1000);

function withClaims(claims: JWTPayload): ForgedToken[1] {
  return (oidc) => oidc.sign(claims);
}

/** Right but for its header: signed by the issuer itself. */
function withHeader(header: Record<string, unknown>): ForgedToken[1] {
  return (oidc) => {
    const usual = { alg: 'RS256', kid: oidc.publicJwk.kid };
    return oidc.signText(JSON.stringify({ ...usual, ...header }), JSON.stringify(oidc.claims()));
  };
}

/** Right but for its payload, which is signed as it stands. */
function withPayload(payload: (claims: JWTPayload) => string): ForgedToken[1] {
  return (oidc) =>
    oidc.signText(JSON.stringify({ alg: 'RS256', kid: oidc.publicJwk.kid }), payload(oidc.claims()));
}

function withoutClaim(name: string): ForgedToken[1] {
  return withPayload((claims) => JSON.stringify({ ...claims, [name]: undefined }));
}

/** The public key, which everybody has, as the secret of a symmetric algorithm. */
function withPublicKey(secretOf: (jwk: JsonWebKey) => string | Buffer, algorithm = 'HS256'): ForgedToken[1] {
  return (oidc) => {
    const { publicJwk } = oidc;
    const hash = `sha${algorithm.slice(2)}`;
    const input = unsigned({ alg: algorithm, kid: publicJwk.kid }, oidc.claims());
    const secret = secretOf(publicJwk as JsonWebKey);
    return `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`;
  };
}

/** Signed by a stranger who says in the header where the key is to be had. */
function withOwnKey(header: (parts: { jwk: object; oidc: FakeOidc }) => object): ForgedToken[1] {
  return async (oidc) => {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
    const jwk = await exportJWK(publicKey);
    return new SignJWT(oidc.claims())
      .setProtectedHeader({ alg: 'RS256', ...header({ jwk, oidc }) })
      .sign(privateKey);
  };
}

/** A good token, changed on the way. */
function changed(change: (parts: [string, string, string]) => string): ForgedToken[1] {
  return async (oidc) => {
    const [head = '', payload = '', signature = ''] = (await oidc.sign()).split('.');
    return change([head, payload, signature]);
  };
}

function unsigned(header: object, payload: object): string {
  return [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
}

const pem = (jwk: JsonWebKey) =>
  createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
const der = (jwk: JsonWebKey) =>
  createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'der' });

const CLAIMS: readonly ForgedToken[] = [
  ['of another issuer', withClaims({ iss: 'https://evil.example' })],
  ['of an issuer by nearly the same name', (oidc) => oidc.sign({ iss: `${oidc.issuer}/` })],
  ['of several issuers', (oidc) => oidc.sign({ iss: [oidc.issuer] as never })],
  ['without issuer', withoutClaim('iss')],
  ['for another audience', withClaims({ aud: 'other' })],
  ['for several other audiences', withClaims({ aud: ['other', 'landlord-api-2'] })],
  ['for no audience', withClaims({ aud: [] })],
  ['without audience', withoutClaim('aud')],
  ['for another audience by its last word', withPayload((claims) => twice(claims, 'aud', 'other'))],
  ['expired', withClaims({ exp: secondsNow() - 60 })],
  ['expired by its last word', withPayload((claims) => twice(claims, 'exp', 1))],
  ['without end', withoutClaim('exp')],
  ['with an end that is text', withClaims({ exp: String(secondsNow() + 300) as never })],
  ['with an end that is null', withClaims({ exp: null as never })],
  ['with an end that is a list', withClaims({ exp: [secondsNow() + 300] as never })],
  ['not valid yet', withClaims({ nbf: secondsNow() + 300 })],
  ['with a beginning that is text', withClaims({ nbf: '0' as never })],
  ['without subject', withoutClaim('sub')],
  ['with a subject that is no text', withClaims({ sub: 7 as never })],
];

const KEYS: readonly ForgedToken[] = [
  ['unsigned', (oidc) => `${unsigned({ alg: 'none' }, oidc.claims())}.`],
  ['unsigned, under another spelling', (oidc) => `${unsigned({ alg: 'nOnE' }, oidc.claims())}.AA`],
  [
    'unsigned, with the signature of another',
    changed(([, payload, signature]) =>
      [unsigned({ alg: 'none' }, {}).split('.')[0], payload, signature].join('.'),
    ),
  ],
  ['that says none and is signed', withHeader({ alg: 'none' })],
  ['signed with the public key as PEM', withPublicKey(pem)],
  [
    'signed with the public key as PEM without its last line break',
    withPublicKey((jwk) => String(pem(jwk)).trim()),
  ],
  ['signed with the public key as DER', withPublicKey(der)],
  ['signed with the public key as JWK', withPublicKey((jwk) => JSON.stringify(jwk))],
  ['signed with the modulus', withPublicKey((jwk) => Buffer.from(String(jwk.n), 'base64url'))],
  ['signed with the public key and HS512', withPublicKey(pem, 'HS512')],
  ['of an algorithm that its key is not for', withHeader({ alg: 'PS256' })],
  ['without algorithm', withHeader({ alg: undefined })],
  ['of an unknown key', withHeader({ kid: 'key-2' })],
  ['of a key named by a path', withHeader({ kid: '../../../../dev/null' })],
  ['of a key named in SQL', withHeader({ kid: "x' union select 'key-1" })],
  ['of a key named like what every object has', withHeader({ kid: '__proto__' })],
  ['of a key named by a number', withHeader({ kid: 1 })],
  ['of a stranger under the known key id', withOwnKey(({ oidc }) => ({ kid: oidc.publicJwk.kid }))],
  ['that brings its own key', withOwnKey(({ jwk }) => ({ jwk }))],
  [
    'that brings its own key, under the known id',
    withOwnKey(({ jwk, oidc }) => ({ jwk, kid: oidc.publicJwk.kid })),
  ],
  ['that says where its keys are', withOwnKey(({ oidc }) => ({ jku: `${oidc.issuer}/injected` }))],
  ['that says where its certificate is', withOwnKey(({ oidc }) => ({ x5u: `${oidc.issuer}/injected` }))],
  ['with an unknown critical header', withHeader({ crit: ['exp'], exp: 1 })],
  ['with an empty list of critical headers', withHeader({ crit: [] })],
  ['with a payload not encoded', withHeader({ crit: ['b64'], b64: false })],
];

const SHAPES: readonly ForgedToken[] = [
  [
    'changed on the way',
    changed(([head, payload, signature]) => {
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
      const more = Buffer.from(JSON.stringify({ ...claims, 'custom:roles': 'system_admin' })).toString(
        'base64url',
      );
      return [head, more, signature].join('.');
    }),
  ],
  [
    'with half a signature',
    changed(([head, payload, signature]) => `${head}.${payload}.${signature.slice(0, 99)}`),
  ],
  ['without signature', changed(([head, payload]) => `${head}.${payload}.`)],
  ['of two parts', changed(([head, payload]) => `${head}.${payload}`)],
  ['of four parts', changed((parts) => [...parts, 'AA'].join('.'))],
  ['of five parts, as if encrypted', changed((parts) => [...parts, 'AA', 'AA'].join('.'))],
  ['too long', (oidc) => oidc.sign({ filler: 'x'.repeat(9_000) })],
  ['of noise', () => 'a.b.c'],
  ['with a header that is no JSON', (oidc) => oidc.signText('{', JSON.stringify(oidc.claims()))],
  ['with a header that is null', (oidc) => oidc.signText('null', JSON.stringify(oidc.claims()))],
  ['with a payload that is no JSON', withPayload(() => '{')],
  ['with a payload that is a list', withPayload((claims) => JSON.stringify([claims]))],
  ['with a payload that is null', withPayload(() => 'null')],
];

export const FORGED_TOKENS: readonly ForgedToken[] = [...CLAIMS, ...KEYS, ...SHAPES];

/** A payload that has a claim twice: first as it should be, then the other. */
function twice(claims: JWTPayload, name: string, last: unknown): string {
  return `${JSON.stringify(claims).slice(0, -1)},${JSON.stringify(name)}:${JSON.stringify(last)}}`;
}
