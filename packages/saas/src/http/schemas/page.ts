import { z } from 'zod';
import { queryInteger } from './number.js';
import { text } from './text.js';

export const PAGE_LIMIT = 200;
export const PAGE_LIMIT_DEFAULT = 50;

/** `?limit=&cursor=`; extend it with filters. */
export const pageQuery = z.strictObject({
  limit: queryInteger({ min: 1, max: PAGE_LIMIT })
    .default(PAGE_LIMIT_DEFAULT)
    .meta({
      description: 'How many items a page has at most.',
      override: { type: 'integer', minimum: 1, maximum: PAGE_LIMIT, default: PAGE_LIMIT_DEFAULT },
    }),
  cursor: text({ max: 4096 }).exactOptional().meta({ description: '`nextCursor` of the page before.' }),
});

/** One page of a list. */
export function pageOf<S extends z.ZodType>(item: S) {
  return z.object({
    items: z.array(item),
    nextCursor: z
      .string()
      .nullable()
      .meta({ description: 'Give it as `cursor` to go on; null at the end. Opaque.', example: null }),
  });
}
