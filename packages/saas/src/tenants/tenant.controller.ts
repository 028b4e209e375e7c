import { type InvokeContext } from '@landlord/kernel';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import {
  Context,
  defineOperation,
  Input,
  Operation,
  type OperationInput,
  pageOf,
  pageQuery,
  tenantCode,
} from '../http/index.js';
import { provisionBody, provisionView, tenantView } from './tenant.schema.js';
import { TenantService } from './tenant.service.js';

const provisionTenant = defineOperation({
  method: 'POST',
  path: '/tenants/provision',
  summary: 'Provision a tenant',
  description:
    'Creates the tenant with a trial of the plan, its usage record and its first admin (`usr-001`): all or nothing.',
  tag: 'Tenants',
  roles: ['system_admin'],
  tenant: 'none',
  body: provisionBody,
  response: { status: 201, schema: provisionView, description: 'What was created.' },
  problems: ['already_exists'],
});

const listTenants = defineOperation({
  method: 'GET',
  path: '/tenants',
  summary: 'List the tenants',
  tag: 'Tenants',
  roles: ['system_admin'],
  tenant: 'none',
  query: pageQuery,
  response: { status: 200, schema: pageOf(tenantView), description: 'Tenants, by code.' },
});

const getTenant = defineOperation({
  method: 'GET',
  path: '/tenants/:code',
  summary: 'Read a tenant',
  description: 'Operators read any tenant, others their own.',
  tag: 'Tenants',
  roles: ['system_admin', 'admin', 'billing', 'member'],
  tenant: 'optional',
  params: z.object({ code: tenantCode }),
  response: { status: 200, schema: tenantView, description: 'The tenant.' },
  problems: ['not_found'],
  etag: true,
});

@Controller()
export class TenantController {
  constructor(private readonly tenantService: TenantService) {}

  @Operation(provisionTenant)
  provision(@Context() context: InvokeContext, @Input() { body }: OperationInput<typeof provisionTenant>) {
    return this.tenantService.provision(context, body);
  }

  @Operation(listTenants)
  list(@Input() { query }: OperationInput<typeof listTenants>) {
    return this.tenantService.list(query);
  }

  @Operation(getTenant)
  get(@Context() context: InvokeContext, @Input() { params }: OperationInput<typeof getTenant>) {
    return this.tenantService.get(context, params.code);
  }
}
