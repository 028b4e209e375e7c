import { type MeterRules } from '@landlord/kernel';
import { tenantPk } from '@landlord/kernel/pure';
import { UsageBook } from './usage.book.js';
import { USAGE_PREFIX } from './usage.level.js';

/**
 * How events change the months of a tenant, and of those whose pool it uses.
 *
 * - A delta moves the level of its month. Where the metric is carried it moves the months after it, too, up to the
 *   first in which a gauge was set: what was measured later already contains it.
 * - Setting a gauge moves the level to the value, in the same way. What happened before the latest setting
 *   in the month is superseded by it. The newest value (`latest`) is a setting that no delta moves.
 * - A maximum rises to the value, in its month or, carried, in every month from there on that is below it.
 * - A value seen for the first time adds 1: in its month, or, carried, from there up to the month that had it.
 * - No level goes below 0: such a delta is refused.
 * - What moves for the tenant moves alike in the pooled use of every tenant above it, up to the subscriber.
 * - An admission holds every limit, of the tenant's own cap up to the subscriber's plan, or takes nothing. What is
 *   held counts as used. Giving back is always admitted.
 */
export const USAGE_RULES: MeterRules = {
  pk: tenantPk,
  skPrefix: USAGE_PREFIX,
  open: (state) => new UsageBook(state),
};
