import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

const SECRET_PREFIX = 'whsec_';
const SECRET_BYTES = 32;
const USER_AGENT = 'Landlord';

export function newSecret(): string {
  return `${SECRET_PREFIX}${randomBytes(SECRET_BYTES).toString('base64')}`;
}

export interface Signing {
  readonly id: string;
  /** Machine time: receivers compare it with theirs. */
  readonly at: Date;
  readonly body: string;
  /** The newest first; each of them signs. */
  readonly secrets: readonly string[];
}

/** The headers of Standard Webhooks. */
export function signedHeaders({ id, at, body, secrets }: Signing): Record<string, string> {
  return {
    'content-type': 'application/json',
    'user-agent': USER_AGENT,
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(' '),
  };
}
