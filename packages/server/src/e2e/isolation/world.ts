import { type Role } from '@landlord/kernel';
import { signLocalToken } from '../../authentication/local-issuer.js';
import { loadSigningKey, type SigningKey } from '../../authentication/signing-key.js';
import { type ApiDocument, readDocument } from './document.js';
import { type Draft, wireRequest } from './draft.js';
import { Wire, type WireAnswer, type WireRequest } from './wire.js';

const CLAIM_NAMES = { tenant: 'custom:tenant', roles: 'custom:roles' };
const TOKEN_SECONDS = 3_600;

/** A running server, what it says of itself, and tokens for it. */
export class World {
  private constructor(
    private readonly wire: Wire,
    private readonly key: SigningKey,
    readonly document: ApiDocument,
  ) {}

  static async open({ url, dataDir }: { url: string; dataDir: string }): Promise<World> {
    const wire = new Wire(url);
    const { text } = await wire.send({ method: 'GET', target: '/openapi.json', headers: {}, body: null });
    return new World(wire, await loadSigningKey(dataDir), readDocument(JSON.parse(text)));
  }

  token(role: Role, tenantCode: string | null, userId = 'usr-001'): Promise<string> {
    const grant = { userId, tenantCode, roles: [role], ttlSeconds: TOKEN_SECONDS };
    return signLocalToken(this.key, grant, CLAIM_NAMES);
  }

  send(request: WireRequest): Promise<WireAnswer> {
    return this.wire.send(request);
  }

  sendDraft(draft: Draft): Promise<WireAnswer> {
    return this.wire.send(wireRequest(draft));
  }

  /**
   * Resolves when what follows from the changes so far is done, such as invoices: twins would otherwise have it at
   * different places of their logs. The test clock stays where it is.
   */
  async handled(operatorToken: string): Promise<void> {
    const headers = { authorization: `Bearer ${operatorToken}`, 'content-type': 'application/json' };
    const clock = { target: '/clock', headers };
    const { text } = await this.wire.send({ ...clock, method: 'GET', body: null });
    const moved = await this.wire.send({ ...clock, method: 'PUT', body: text });
    if (!succeeded(moved)) throw new Error(`the test clock answers ${moved.status}: ${moved.text}`);
  }

  close(): void {
    this.wire.close();
  }
}

export function succeeded({ status }: WireAnswer): boolean {
  return status >= 200 && status < 300;
}
