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
import {
  childBody,
  commonBody,
  commonView,
  createBody,
  provisionBody,
  provisionView,
  tenantView,
} from './tenant.schema.js';
import { TenantService } from './tenant.service.js';
import { TenantCreationService } from './tenant-creation.service.js';
import { TenantDirectoryService } from './tenant-directory.service.js';

const params = z.object({ code: tenantCode });

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

const createTenant = defineOperation({
  method: 'POST',
  path: '/tenants',
  summary: 'Create a tenant without a subscription of its own',
  description:
    'Below `parentCode` it lives on the subscription of that tenant: its use counts there, within its own caps. ' +
    'Without `parentCode` it has no subscription yet. With usage record and first admin (`usr-001`): all or nothing.',
  tag: 'Tenants',
  roles: ['system_admin'],
  tenant: 'none',
  body: createBody,
  response: { status: 201, schema: tenantView, description: 'The tenant.' },
  problems: ['already_exists', 'quota_exceeded'],
  etag: true,
});

const createCommon = defineOperation({
  method: 'POST',
  path: '/tenants/common',
  summary: "Create the vendor's own tenant",
  description: 'Once; its settings hold for every tenant.',
  tag: 'Tenants',
  roles: ['system_admin'],
  tenant: 'none',
  body: commonBody,
  response: { status: 201, schema: commonView, description: 'The common tenant.' },
  problems: ['already_exists'],
  etag: true,
});

const getCommon = defineOperation({
  method: 'GET',
  path: '/tenants/common',
  summary: "Read the vendor's own tenant",
  tag: 'Tenants',
  roles: ['system_admin'],
  tenant: 'none',
  response: { status: 200, schema: commonView, description: 'The common tenant.' },
  problems: ['not_found'],
  etag: true,
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
  description: 'Operators read any tenant, others their own, and admins those below it.',
  tag: 'Tenants',
  roles: ['system_admin', 'admin', 'billing', 'member'],
  tenant: 'optional',
  params,
  response: { status: 200, schema: tenantView, description: 'The tenant.' },
  problems: ['not_found'],
  etag: true,
});

const createChild = defineOperation({
  method: 'POST',
  path: '/tenants/:code/children',
  summary: 'Create a tenant below this one',
  description:
    'It lives on the subscription of this one: its use counts against the limits here, within its own caps. ' +
    'An admin names it after the own tenant: `acme-corp` may make `acme-corp--east`.',
  tag: 'Tenants',
  roles: ['system_admin', 'admin'],
  tenant: 'optional',
  params,
  body: childBody,
  response: { status: 201, schema: tenantView, description: 'The tenant below.' },
  problems: ['not_found', 'already_exists', 'quota_exceeded', 'out_of_bounds'],
  etag: true,
});

const listChildren = defineOperation({
  method: 'GET',
  path: '/tenants/:code/children',
  summary: 'List the tenants directly below',
  tag: 'Tenants',
  roles: ['system_admin', 'admin'],
  tenant: 'optional',
  params,
  query: pageQuery,
  response: { status: 200, schema: pageOf(tenantView), description: 'Tenants, by code.' },
  problems: ['not_found'],
});

@Controller()
export class TenantController {
  constructor(
    private readonly tenantService: TenantService,
    private readonly creation: TenantCreationService,
    private readonly directory: TenantDirectoryService,
  ) {}

  @Operation(provisionTenant)
  provision(@Context() context: InvokeContext, @Input() { body }: OperationInput<typeof provisionTenant>) {
    return this.tenantService.provision(context, body);
  }

  @Operation(createTenant)
  create(@Context() context: InvokeContext, @Input() { body }: OperationInput<typeof createTenant>) {
    return this.tenantService.createTenant(body, { invokeContext: context });
  }

  @Operation(createCommon)
  createCommon(@Context() context: InvokeContext, @Input() { body }: OperationInput<typeof createCommon>) {
    return this.tenantService.createCommonTenant(body, { invokeContext: context });
  }

  @Operation(getCommon)
  getCommon() {
    return this.tenantService.getCommonTenant();
  }

  @Operation(listTenants)
  list(@Input() { query }: OperationInput<typeof listTenants>) {
    return this.tenantService.list(query);
  }

  @Operation(getTenant)
  get(@Context() context: InvokeContext, @Input() { params }: OperationInput<typeof getTenant>) {
    return this.tenantService.get(context, params.code);
  }

  @Operation(createChild)
  createChild(
    @Context() context: InvokeContext,
    @Input() { params, body }: OperationInput<typeof createChild>,
  ) {
    return this.creation.createChild(context, params.code, body);
  }

  @Operation(listChildren)
  listChildren(
    @Context() context: InvokeContext,
    @Input() { params, query }: OperationInput<typeof listChildren>,
  ) {
    return this.directory.listChildren(context, params.code, query);
  }
}
