import { LandlordError } from '@landlord/kernel/pure';
import { type QuotaCheckResult } from './quota.js';

export function quotaExceeded(quota: QuotaCheckResult): LandlordError {
  const { metric, current, held, limit, percentage, isExceeded, isNearLimit } = quota;
  const used = held === 0 ? `${current}/${limit}` : `${current}/${limit} and ${held} held`;
  return new LandlordError(
    'quota_exceeded',
    `Quota exceeded for ${metric}: ${used}. Please upgrade your plan.`,
    {
      facts: { admitted: false, metric, current, held, limit, percentage, isExceeded, isNearLimit },
    },
  );
}
