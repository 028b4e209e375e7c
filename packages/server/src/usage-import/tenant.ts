import { isTenantCode } from '@landlord/kernel';

/** Where a line's tenant comes from. */
export type TenantSource =
  | { kind: 'path-segment' }
  | { kind: 'fixed'; code: string }
  | { kind: 'column'; name: string };

/** The tenant of a line, or the text that should have been one. */
export type TenantOf = { kind: 'tenant'; code: string } | { kind: 'none'; segment: string };

/** Exact: an upper-case letter makes another text, not the same tenant. */
export function tenantOf(text: string): TenantOf {
  return isTenantCode(text) ? { kind: 'tenant', code: text } : { kind: 'none', segment: text };
}

/** The tenant in the first path segment of a request target: origin form (`/acme/x?y`) or absolute form. */
export function tenantOfTarget(target: string | undefined): TenantOf {
  if (target === undefined) return { kind: 'none', segment: '(no request)' };
  const path = pathOf(target);
  if (!path.startsWith('/')) return { kind: 'none', segment: path };
  const segment = path.slice(1).split('/', 1)[0] ?? '';
  return tenantOf(decodedOnce(segment));
}

/** The path of a request target, without host, query and fragment. */
export function pathOf(target: string): string {
  const local = target.replace(/^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#]*/, '');
  const path = local.split(/[?#]/, 1)[0] ?? '';
  return path === '' && local !== target ? '/' : path;
}

function decodedOnce(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
