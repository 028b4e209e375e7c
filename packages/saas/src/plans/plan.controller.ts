import { Controller } from '@nestjs/common';
import { z } from 'zod';
import {
  code,
  defineOperation,
  Input,
  Operation,
  type OperationInput,
  pageOf,
  pageQuery,
  queryInteger,
} from '../http/index.js';
import { PLAN_VERSIONS_LIMIT } from './plan.item.js';
import { planListQuery, planVersionView, planView } from './plan.schema.js';
import { PlanService } from './plan.service.js';

const EVERYBODY = ['system_admin', 'admin', 'billing', 'member'] as const;

const listPlans = defineOperation({
  method: 'GET',
  path: '/plans',
  summary: 'List the plans',
  description:
    'For a pricing page, without signing in. A page may hold fewer than `limit` and still have a next one.',
  tag: 'Plans',
  roles: 'public',
  tenant: 'none',
  query: planListQuery,
  response: {
    status: 200,
    schema: pageOf(planView),
    description: 'The newest version of each plan that is offered, by code.',
  },
});

const getPlan = defineOperation({
  method: 'GET',
  path: '/plans/:code',
  summary: 'Read a plan',
  tag: 'Plans',
  roles: 'public',
  tenant: 'none',
  params: z.object({ code: code() }),
  response: { status: 200, schema: planView, description: 'The newest version of the plan.' },
  problems: ['not_found'],
  etag: true,
});

const listPlanVersions = defineOperation({
  method: 'GET',
  path: '/plans/:code/versions',
  summary: 'List the versions of a plan',
  tag: 'Plans',
  roles: EVERYBODY,
  tenant: 'none',
  params: z.object({ code: code() }),
  query: pageQuery,
  response: { status: 200, schema: pageOf(planVersionView), description: 'Newest first.' },
  problems: ['not_found'],
});

const getPlanVersion = defineOperation({
  method: 'GET',
  path: '/plans/:code/versions/:version',
  summary: 'Read what a subscription signed',
  tag: 'Plans',
  roles: EVERYBODY,
  tenant: 'none',
  params: z.object({ code: code(), version: queryInteger({ min: 1, max: PLAN_VERSIONS_LIMIT }) }),
  response: { status: 200, schema: planVersionView, description: 'The version, as it was made.' },
  problems: ['not_found'],
});

@Controller()
export class PlanController {
  constructor(private readonly planService: PlanService) {}

  @Operation(listPlans)
  list(@Input() { query }: OperationInput<typeof listPlans>) {
    return this.planService.list(query);
  }

  @Operation(getPlan)
  get(@Input() { params }: OperationInput<typeof getPlan>) {
    return this.planService.get(params.code);
  }

  @Operation(listPlanVersions)
  listVersions(@Input() { params, query }: OperationInput<typeof listPlanVersions>) {
    return this.planService.listVersions(params.code, query);
  }

  @Operation(getPlanVersion)
  getVersion(@Input() { params }: OperationInput<typeof getPlanVersion>) {
    return this.planService.showVersion(params.code, params.version);
  }
}
