import { type InvokeContext } from '@landlord/kernel';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { Context, code, defineOperation, Input, Operation, type OperationInput } from '../http/index.js';
import { PlanEditingService } from './plan.editing.service.js';
import { addedVersionView, planBody, planVersionBody, planView } from './plan.schema.js';

const createPlan = defineOperation({
  method: 'POST',
  path: '/plans',
  summary: 'Create a plan',
  tag: 'Plans',
  roles: ['system_admin'],
  tenant: 'none',
  body: planBody,
  response: { status: 201, schema: planView, description: 'The plan at version 1.' },
  problems: ['already_exists'],
  etag: true,
});

const addPlanVersion = defineOperation({
  method: 'POST',
  path: '/plans/:code/versions',
  summary: 'Add a version to a plan',
  description:
    'The whole of the new version. Subscriptions keep the version they signed until they are migrated. When the ' +
    'newest version says the same already, none is added and the answer has `created: false`.',
  tag: 'Plans',
  roles: ['system_admin'],
  tenant: 'none',
  params: z.object({ code: code() }),
  body: planVersionBody,
  response: { status: 201, schema: addedVersionView, description: 'The plan at its newest version.' },
  problems: ['not_found', 'version_conflict', 'out_of_bounds'],
  etag: true,
});

const retirePlan = defineOperation({
  method: 'POST',
  path: '/plans/:code/retire',
  summary: 'Offer a plan no longer',
  description: 'It can no longer be chosen. Subscriptions keep it, and it can be read as before.',
  tag: 'Plans',
  roles: ['system_admin'],
  tenant: 'none',
  params: z.object({ code: code() }),
  response: { status: 200, schema: planView, description: 'The plan as it is now.' },
  problems: ['not_found', 'version_conflict'],
  etag: true,
});

const reinstatePlan = defineOperation({
  method: 'POST',
  path: '/plans/:code/reinstate',
  summary: 'Offer a retired plan again',
  tag: 'Plans',
  roles: ['system_admin'],
  tenant: 'none',
  params: z.object({ code: code() }),
  response: { status: 200, schema: planView, description: 'The plan as it is now.' },
  problems: ['not_found', 'version_conflict'],
  etag: true,
});

@Controller()
export class PlanEditingController {
  constructor(private readonly planEditingService: PlanEditingService) {}

  @Operation(createPlan)
  create(@Context() context: InvokeContext, @Input() { body }: OperationInput<typeof createPlan>) {
    return this.planEditingService.create(context, body);
  }

  @Operation(addPlanVersion)
  addVersion(
    @Context() context: InvokeContext,
    @Input() { params, body, ifMatch }: OperationInput<typeof addPlanVersion>,
  ) {
    return this.planEditingService.addVersion(context, { code: params.code, input: body, ifMatch });
  }

  @Operation(retirePlan)
  retire(@Context() context: InvokeContext, @Input() { params, ifMatch }: OperationInput<typeof retirePlan>) {
    return this.planEditingService.setActive(context, { code: params.code, isActive: false, ifMatch });
  }

  @Operation(reinstatePlan)
  reinstate(
    @Context() context: InvokeContext,
    @Input() { params, ifMatch }: OperationInput<typeof reinstatePlan>,
  ) {
    return this.planEditingService.setActive(context, { code: params.code, isActive: true, ifMatch });
  }
}
