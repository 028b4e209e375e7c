import { LandlordError } from '@landlord/kernel/pure';
import { type QuotaCheckResult } from './quota.js';

export function quotaExceeded(quota: QuotaCheckResult): LandlordError {
  const { metric, current, limit, percentage, isExceeded, isNearLimit } = quota;
  return new LandlordError(
    'quota_exceeded',
    `Quota exceeded for ${metric}: ${current}/${limit}. Please upgrade your plan.`,
    { facts: { admitted: false, metric, current, limit, percentage, isExceeded, isNearLimit } },
  );
}
