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
} from '../http/index.js';
import { planView } from './plan.schema.js';
import { PlanService } from './plan.service.js';

const listPlans = defineOperation({
  method: 'GET',
  path: '/plans',
  summary: 'List the plans',
  description: 'For a pricing page, without signing in.',
  tag: 'Plans',
  roles: 'public',
  tenant: 'none',
  query: pageQuery,
  response: {
    status: 200,
    schema: pageOf(planView),
    description: 'The newest version of each plan, by code.',
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
}
