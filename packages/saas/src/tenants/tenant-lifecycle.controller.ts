import { type InvokeContext } from '@landlord/kernel';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import {
  Context,
  defineOperation,
  Input,
  Operation,
  type OperationInput,
  tenantCode,
} from '../http/index.js';
import { reasonBody, tenantView, updateBody } from './tenant.schema.js';
import { TenantLifecycleService } from './tenant-lifecycle.service.js';

const base = {
  tag: 'Tenants',
  roles: ['system_admin', 'admin'],
  tenant: 'optional',
  params: z.object({ code: tenantCode }),
  response: { status: 200, schema: tenantView, description: 'The tenant as it is now.' },
  etag: true,
} as const;

const step = {
  ...base,
  body: reasonBody,
  problems: ['not_found', 'invalid_transition', 'version_conflict'],
} as const;

const updateTenant = defineOperation({
  ...base,
  method: 'PATCH',
  path: '/tenants/:code',
  summary: 'Change a tenant',
  description:
    'What is not named stays as it is; `attributes` and `caps` are merged. The code, the time zone and the place in ' +
    'the tree never change. Caps are for operators and admins of a tenant above.',
  body: updateBody,
  problems: ['not_found', 'invalid_transition', 'version_conflict'],
});

const suspendTenant = defineOperation({
  ...step,
  method: 'POST',
  path: '/tenants/:code/suspend',
  summary: 'Suspend a tenant',
  description:
    'From the next request on its members are refused, and so are those of the tenants that live on its ' +
    'subscription. Nothing is lost. For operators and admins of a tenant above.',
});

const resumeTenant = defineOperation({
  ...step,
  method: 'POST',
  path: '/tenants/:code/resume',
  summary: 'Resume a suspended tenant',
});

const closeTenant = defineOperation({
  ...step,
  method: 'POST',
  path: '/tenants/:code/close',
  summary: 'Close a tenant for good',
  description: 'Its data stays until it is erased. Refused while tenants live on its subscription.',
});

const deleteTenant = defineOperation({
  ...base,
  method: 'DELETE',
  path: '/tenants/:code',
  summary: 'Close a tenant for good',
  description: 'The same as `POST /tenants/{code}/close`: its data stays until it is erased.',
  problems: ['not_found', 'invalid_transition', 'version_conflict'],
});

/** Changes of tenants that are there. */
@Controller()
export class TenantLifecycleController {
  constructor(private readonly lifecycle: TenantLifecycleService) {}

  @Operation(updateTenant)
  update(
    @Context() context: InvokeContext,
    @Input() { params, body, ifMatch }: OperationInput<typeof updateTenant>,
  ) {
    return this.lifecycle.update(context, params.code, body, ifMatch);
  }

  @Operation(suspendTenant)
  suspend(
    @Context() context: InvokeContext,
    @Input() { params, body, ifMatch }: OperationInput<typeof suspendTenant>,
  ) {
    return this.lifecycle.take(context, params.code, { step: 'suspend', ...body, ifMatch });
  }

  @Operation(resumeTenant)
  resume(
    @Context() context: InvokeContext,
    @Input() { params, body, ifMatch }: OperationInput<typeof resumeTenant>,
  ) {
    return this.lifecycle.take(context, params.code, { step: 'resume', ...body, ifMatch });
  }

  @Operation(closeTenant)
  close(
    @Context() context: InvokeContext,
    @Input() { params, body, ifMatch }: OperationInput<typeof closeTenant>,
  ) {
    return this.lifecycle.take(context, params.code, { step: 'close', ...body, ifMatch });
  }

  @Operation(deleteTenant)
  delete(
    @Context() context: InvokeContext,
    @Input() { params, ifMatch }: OperationInput<typeof deleteTenant>,
  ) {
    return this.lifecycle.take(context, params.code, { step: 'close', ifMatch });
  }
}
