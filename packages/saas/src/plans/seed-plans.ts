import { currencyOf } from '@landlord/kernel/pure';
import { type Plan } from './plan.js';

const COMMON = {
  version: 1,
  currency: currencyOf('USD'),
  trialDays: 14,
  features: [],
  enforcement: { apiCalls: 'hard', storageUsedGb: 'hard', activeUsers: 'hard', projectCount: 'hard' },
  overage: {},
  isActive: true,
} as const satisfies Partial<Plan>;

/** The plans a new store begins with. */
export const SEED_PLANS: readonly Plan[] = [
  {
    ...COMMON,
    code: 'starter',
    displayName: 'Starter',
    monthlyPrice: 2_900,
    yearlyPrice: 29_000,
    limits: { maxUsers: 5, maxApiCalls: 10_000, maxStorageGb: 10, maxProjects: 3 },
  },
  {
    ...COMMON,
    code: 'professional',
    displayName: 'Professional',
    monthlyPrice: 9_900,
    yearlyPrice: 99_000,
    limits: { maxUsers: 25, maxApiCalls: 100_000, maxStorageGb: 100, maxProjects: 20 },
  },
  {
    ...COMMON,
    code: 'enterprise',
    displayName: 'Enterprise',
    monthlyPrice: 49_900,
    yearlyPrice: 499_000,
    limits: { maxUsers: null, maxApiCalls: null, maxStorageGb: null, maxProjects: null },
  },
];
