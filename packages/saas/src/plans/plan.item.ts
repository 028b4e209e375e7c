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
import { type PlanVersionView, type PlanView, planFields } from './plan.schema.js';

export const PLAN_TYPE = 'PLAN';
export const PLAN_VERSION_TYPE = 'PLANVERSION';
/** As many as five digits can number. */
export const PLAN_VERSIONS_LIMIT = 99_999;

const stored = z.object({ ...planFields.shape, version: z.int().positive() });

/** Before the sort keys of all versions of a plan. */
export function planVersionsPrefix(code: string): string {
  return `${generatePk(PLAN_VERSION_TYPE, code)}#`;
}

/** The sort key of what a subscription signed: `PLANVERSION#starter#00001`. */
export function planVersionSk(code: string, version: number): string {
  return `${planVersionsPrefix(code)}${String(version).padStart(5, '0')}`;
}

export function planFromItem(item: Item): Plan {
  return stored.parse({ ...item.attributes, code: item.code }) as Plan;
}

export function planView(item: Item): PlanView {
  return { ...storedFields(item), revision: item.version, updatedAt: item.updatedAt };
}

export function planVersionView(item: Item): PlanVersionView {
  return { ...storedFields(item), createdAt: item.createdAt };
}

function storedFields(item: Item) {
  return stored.parse({ ...item.attributes, code: item.code });
}

/** The newest version under `PLAN#code`, and the same for good under its own key. `headVersion` is the one last read. */
export function createPlanCommands(plan: Plan, headVersion = VERSION_FIRST): Command[] {
  return [
    planHeadCommand(plan, headVersion),
    {
      ...commonOf(plan),
      version: VERSION_FIRST,
      sk: planVersionSk(plan.code, plan.version),
      type: PLAN_VERSION_TYPE,
    },
  ];
}

export function planHeadCommand(plan: Plan, headVersion: number): Command {
  return { ...commonOf(plan), version: headVersion, sk: generatePk(PLAN_TYPE, plan.code), type: PLAN_TYPE };
}

function commonOf(plan: Plan) {
  const { code, ...attributes } = plan;
  return {
    kind: 'full' as const,
    pk: COMMON_MASTER_PK,
    tenantCode: COMMON_TENANT_CODE,
    code,
    name: plan.displayName,
    attributes: attributes as unknown as JsonObject,
  };
}
