import { isIP } from 'node:net';
import { type AddressPolicy } from './addresses.js';
import { BAD_PORTS } from './bad-ports.js';

const LOOPBACK = '127.0.0.1';
const LOOPBACK_NAME = /(^|\.)localhost\.?$/;
const HIDDEN = /[\s\\]/;

export const NOT_PUBLIC = 'leads to an address that is not public';
const NOT_HTTPS = 'must begin with https://';

export type Destination =
  | { readonly ok: true; readonly url: URL }
  | { readonly ok: false; readonly flaw: string };

/** What a URL means to the request that is made of it; names are resolved and checked when it is made. */
export function destinationOf(text: string, policy: AddressPolicy): Destination {
  if (HIDDEN.test(text) || !URL.canParse(text))
    return flawed('is not a URL, such as https://example.com/webhooks');
  const url = new URL(text);
  const flaw = urlFlaw(url, policy);
  return flaw === null ? { ok: true, url } : flawed(flaw);
}

/** Why an address that the host has may not be asked over that protocol, or null. Plain http only goes where the configuration says so. */
export function addressFlaw(address: string, url: URL, policy: AddressPolicy): string | null {
  if (policy.isAllowed(address)) return null;
  if (!policy.isPublic(address)) return NOT_PUBLIC;
  return url.protocol === 'https:' ? null : NOT_HTTPS;
}

/** The address that the host of a URL is; null for a name. */
export function literalAddress({ hostname }: URL): string | null {
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return isIP(bare) === 0 ? null : bare;
}

function urlFlaw(url: URL, policy: AddressPolicy): string | null {
  const { protocol, username, password, port, hostname } = url;
  if (protocol !== 'https:' && !(protocol === 'http:' && policy.allowsSome)) return NOT_HTTPS;
  if (username !== '' || password !== '') return 'must not hold a user or password';
  if (BAD_PORTS.has(port === '' ? 443 : Number(port)))
    return `must not use port ${port}, which is that of another protocol`;
  const address = LOOPBACK_NAME.test(hostname) ? LOOPBACK : literalAddress(url);
  return address === null ? null : addressFlaw(address, url, policy);
}

function flawed(flaw: string): Destination {
  return { ok: false, flaw };
}
