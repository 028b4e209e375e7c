import { KeyObject, sign as signBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

interface IssuerKey {
  readonly keyId: string;
  readonly algorithm: string;
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

/** An OpenID Connect issuer on a free port, whose keys and moods the test chooses. */
export class FakeOidc {
  /** Answered instead of what is asked for, when not 200. */
  status = 200;
  /** Said by the discovery document, when not the true one. */
  claimedIssuer: string | null = null;
  /** Takes requests and never answers. */
  isSilent = false;
  readonly requests: string[] = [];
  private keys: IssuerKey[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<FakeOidc> {
    const server = createServer();
    const oidc = new FakeOidc(server);
    server.on('request', (request, response) => {
      oidc.requests.push(request.url ?? '');
      if (oidc.isSilent) return;
      response.writeHead(oidc.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(oidc.answer(request.url ?? '')));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await oidc.rotate('key-1');
    return oidc;
  }

  get issuer(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** From now on signs with a new key; the old ones are gone. */
  async rotate(keyId: string, algorithm = 'RS256'): Promise<void> {
    const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
    const publicJwk = { ...(await exportJWK(publicKey)), kid: keyId, alg: algorithm, use: 'sig' };
    this.keys = [{ keyId, algorithm, privateKey, publicJwk }];
  }

  sign(claims: JWTPayload = {}): Promise<string> {
    const { algorithm, keyId, privateKey } = this.key;
    return new SignJWT({ ...this.claims(), ...claims })
      .setProtectedHeader({ alg: algorithm, kid: keyId })
      .sign(privateKey);
  }

  /** Signed with RS256 and the issuer's own key, whatever header and payload say. */
  signText(header: string, payload: string): string {
    const input = `${base64url(header)}.${base64url(payload)}`;
    const signature = signBytes('sha256', Buffer.from(input), KeyObject.from(this.key.privateKey));
    return `${input}.${signature.toString('base64url')}`;
  }

  /** Those of a token that is accepted. */
  claims() {
    const exp = Math.floor(Date.now() / 1000) + 300;
    return { iss: this.issuer, aud: 'landlord-api', sub: 'user-1', 'custom:roles': 'admin', exp };
  }

  get publicJwk(): JWK & { readonly kid: string } {
    return { ...this.key.publicJwk, kid: this.key.keyId };
  }

  private get key(): IssuerKey {
    const [key] = this.keys;
    if (!key) throw new Error('the issuer has no key');
    return key;
  }

  /** Hangs up, like a host that is gone. */
  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(url: string): object {
    if (url === '/jwks') return { keys: this.keys.map(({ publicJwk }) => publicJwk) };
    return { issuer: this.claimedIssuer ?? this.issuer, jwks_uri: `${this.issuer}/jwks` };
  }
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}
