import { isTenantCode, tenantCodeFlaw } from '@landlord/kernel';
import { z } from 'zod';

export interface TextOptions {
  /** In UTF-16 units. */
  readonly max: number;
  /** Default 1; 0 allows the empty and the blank text. */
  readonly min?: number;
}

/** Text that every store keeps exactly: no NUL, no half surrogate pair; not blank unless `min` is 0. */
export function text({ max, min = 1 }: TextOptions) {
  return z
    .string()
    .min(min, min === 1 ? 'must not be empty' : `must have at least ${min} characters`)
    .max(max, `must have at most ${max} characters`)
    .refine((value) => !value.includes('\u0000'), 'contains a NUL character')
    .refine((value) => value.isWellFormed(), 'contains half of a surrogate pair')
    .refine((value) => min === 0 || value === '' || value.trim() !== '', 'must not be blank');
}

/** A name made for programs: letters, digits, and inner `.`, `_`, `-`; at most 64 characters. */
export function code() {
  return z
    .string()
    .regex(
      /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/,
      'must be 1 to 64 letters, digits, or inner . _ -',
    );
}

export const tenantCode = z
  .string()
  .refine(isTenantCode, { error: ({ input }) => tenantCodeFlaw(String(input)) ?? 'is not a tenant code' })
  .meta({
    id: 'TenantCode',
    description:
      'Lower-case letters, digits and inner hyphens, 1 to 63 characters; `common` and `system` are reserved.',
    pattern: '^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$',
    example: 'acme-corp',
  });
