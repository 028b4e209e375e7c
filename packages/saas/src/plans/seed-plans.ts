import { currencyOf } from '@landlord/kernel/pure';
import { type Plan, type PlanFeature } from './plan.js';

const COMMON = {
  version: 1,
  currency: currencyOf('USD'),
  trialDays: 14,
  enforcement: { apiCalls: 'hard', storageUsedGb: 'hard', activeUsers: 'hard', projectCount: 'hard' },
  overage: {},
  isActive: true,
} as const satisfies Partial<Plan>;

/** Every seed plan says of each feature whether it has it. `supportHours`: to the first answer. */
function featuresWith({
  auditLog,
  sso,
  supportHours,
}: {
  auditLog: boolean;
  sso: boolean;
  supportHours: number | null;
}): PlanFeature[] {
  return [
    { name: 'apiAccess', enabled: true },
    { name: 'auditLog', enabled: auditLog },
    { name: 'sso', enabled: sso },
    {
      name: 'prioritySupport',
      enabled: supportHours !== null,
      ...(supportHours === null ? {} : { value: supportHours }),
    },
  ];
}

/** The plans a new store begins with. */
export const SEED_PLANS: readonly Plan[] = [
  {
    ...COMMON,
    code: 'starter',
    features: featuresWith({ auditLog: false, sso: false, supportHours: null }),
    displayName: 'Starter',
    monthlyPrice: 2_900,
    yearlyPrice: 29_000,
    limits: { maxUsers: 5, maxApiCalls: 10_000, maxStorageGb: 10, maxProjects: 3 },
  },
  {
    ...COMMON,
    code: 'professional',
    features: featuresWith({ auditLog: true, sso: false, supportHours: 24 }),
    displayName: 'Professional',
    monthlyPrice: 9_900,
    yearlyPrice: 99_000,
    limits: { maxUsers: 25, maxApiCalls: 100_000, maxStorageGb: 100, maxProjects: 20 },
  },
  {
    ...COMMON,
    code: 'enterprise',
    features: featuresWith({ auditLog: true, sso: true, supportHours: 4 }),
    displayName: 'Enterprise',
    monthlyPrice: 49_900,
    yearlyPrice: 499_000,
    limits: { maxUsers: null, maxApiCalls: null, maxStorageGb: null, maxProjects: null },
  },
];
