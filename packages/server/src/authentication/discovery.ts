import { z } from 'zod';

const DOCUMENT_BYTES_LIMIT = 256 * 1024;

const discoveryDocument = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) });

/** Where an issuer publishes its keys (OpenID Connect Discovery 1.0, section 4). Throws when it does not say. */
export async function discoverJwksUri(issuer: string, timeoutMs: number): Promise<string> {
  const location = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const response = await fetch(location, {
    headers: { accept: 'application/json' },
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (!response.ok) throw new Error(`${location} answered ${response.status}`);
  const parsed = discoveryDocument.safeParse(JSON.parse(await boundedText(response)));
  if (!parsed.success)
    throw new Error(`${location} is not a discovery document: ${z.prettifyError(parsed.error)}`);
  if (parsed.data.issuer !== issuer)
    throw new Error(
      `OIDC_ISSUER is ${issuer}, but ${location} says ${parsed.data.issuer}; they must be equal`,
    );
  return parsed.data.jwks_uri;
}

async function boundedText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length > DOCUMENT_BYTES_LIMIT) throw new Error('the discovery document is too long');
  }
  return text;
}
