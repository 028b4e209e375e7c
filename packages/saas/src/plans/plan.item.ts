import {
  COMMON_MASTER_PK,
  COMMON_TENANT_CODE,
  type Command,
  generatePk,
  type Item,
  type JsonObject,
  VERSION_FIRST,
} from '@landlord/kernel';
import { z } from 'zod';
import { type Plan } from './plan.js';
import { planFields } from './plan.schema.js';

export const PLAN_TYPE = 'PLAN';
export const PLAN_VERSION_TYPE = 'PLANVERSION';

const stored = z.object({ ...planFields.shape, version: z.int().positive() });

/** The sort key of what a subscription signed: `PLANVERSION#starter#00001`. */
export function planVersionSk(code: string, version: number): string {
  return `${generatePk(PLAN_VERSION_TYPE, code)}#${String(version).padStart(5, '0')}`;
}

export function planFromItem(item: Item): Plan {
  return stored.parse({ ...item.attributes, code: item.code }) as Plan;
}

/** The newest version under `PLAN#code`, and the same for good under its own key. */
export function createPlanCommands(plan: Plan): Command[] {
  const { code, ...attributes } = plan;
  const base = {
    kind: 'full' as const,
    pk: COMMON_MASTER_PK,
    version: VERSION_FIRST,
    tenantCode: COMMON_TENANT_CODE,
    code,
    name: plan.displayName,
    attributes: attributes as unknown as JsonObject,
  };
  return [
    { ...base, sk: generatePk(PLAN_TYPE, code), type: PLAN_TYPE },
    { ...base, sk: planVersionSk(code, plan.version), type: PLAN_VERSION_TYPE },
  ];
}
