import { Buffer } from 'node:buffer';

/** What a token says about itself. It is not verified: the server does that, this only decides what to send. */
export interface TokenClaims {
  isOperator: boolean;
  /** The token's own tenant, when it names one. */
  tenant: string | undefined;
}

const OPERATOR = /(?:^|[^A-Za-z0-9_-])system_admin(?:$|[^A-Za-z0-9_-])/;

export interface ClaimNames {
  roles: string;
  tenant: string;
}

/** Claims of a JWT; a token of another kind has none to read, and is nobody's operator. */
export function claimsOf(token: string, names: ClaimNames): TokenClaims {
  const payload = payloadOf(token);
  const roles = payload[names.roles];
  const tenant = payload[names.tenant];
  return {
    // Issuers write roles as a list, a text, or JSON within a text: the word counts, not the shape.
    isOperator:
      roles !== undefined && OPERATOR.test(typeof roles === 'string' ? roles : JSON.stringify(roles)),
    tenant: typeof tenant === 'string' && tenant !== '' ? tenant : undefined,
  };
}

function payloadOf(token: string): Record<string, unknown> {
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'));
    return typeof payload === 'object' && payload !== null ? (payload as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
