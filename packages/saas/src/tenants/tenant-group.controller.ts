import { type InvokeContext } from '@landlord/kernel';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import {
  Context,
  code,
  defineOperation,
  Input,
  Operation,
  type OperationInput,
  pageOf,
  pageQuery,
  tenantCode,
} from '../http/index.js';
import {
  assignmentBody,
  groupBody,
  groupRole,
  groupView,
  settingGroupsBody,
  tenantView,
} from './tenant.schema.js';
import { TenantGroupService } from './tenant-group.service.js';

const base = {
  tag: 'Tenant groups',
  roles: ['system_admin', 'admin'],
  tenant: 'optional',
  params: z.object({ code: tenantCode }),
} as const;

const tenantAfter = { status: 200, schema: tenantView, description: 'The tenant as it is now.' } as const;

const listGroups = defineOperation({
  ...base,
  method: 'GET',
  path: '/tenants/:code/groups',
  summary: "List a tenant's groups",
  query: pageQuery,
  response: { status: 200, schema: pageOf(groupView), description: 'Groups, by code.' },
  problems: ['not_found'],
});

const createGroup = defineOperation({
  ...base,
  method: 'POST',
  path: '/tenants/:code/groups',
  summary: 'Create a group',
  description: 'Settings of a group hold for the members with the roles it is added to.',
  body: groupBody,
  response: { status: 201, schema: groupView, description: 'The group.' },
  problems: ['not_found', 'already_exists'],
  etag: true,
});

const removeGroup = defineOperation({
  ...base,
  method: 'DELETE',
  path: '/tenants/:code/groups/:group',
  summary: 'Remove a group',
  description: 'Its settings hold for nobody any more.',
  params: z.object({ code: tenantCode, group: code().meta({ example: 'sales' }) }),
  response: tenantAfter,
  problems: ['not_found', 'invalid_transition', 'version_conflict'],
  etag: true,
});

const addGroup = defineOperation({
  ...base,
  method: 'POST',
  path: '/tenants/:code/group-roles',
  summary: "Let a group's settings hold for a role",
  body: assignmentBody,
  response: tenantAfter,
  problems: ['not_found', 'invalid_transition', 'version_conflict'],
  etag: true,
});

const customizeGroups = defineOperation({
  ...base,
  method: 'PUT',
  path: '/tenants/:code/group-roles/:role',
  summary: "Say which groups' settings hold for a role, nearest first",
  params: z.object({ code: tenantCode, role: groupRole }),
  body: settingGroupsBody,
  response: tenantAfter,
  problems: ['not_found', 'invalid_transition', 'version_conflict'],
  etag: true,
});

@Controller()
export class TenantGroupController {
  constructor(private readonly groups: TenantGroupService) {}

  @Operation(listGroups)
  list(@Context() context: InvokeContext, @Input() { params, query }: OperationInput<typeof listGroups>) {
    return this.groups.list(context, params.code, query);
  }

  @Operation(createGroup)
  create(@Context() context: InvokeContext, @Input() { params, body }: OperationInput<typeof createGroup>) {
    return this.groups.create(context, params.code, body);
  }

  @Operation(removeGroup)
  remove(
    @Context() context: InvokeContext,
    @Input() { params, ifMatch }: OperationInput<typeof removeGroup>,
  ) {
    return this.groups.remove(context, params.code, { group: params.group, ifMatch });
  }

  @Operation(addGroup)
  add(
    @Context() context: InvokeContext,
    @Input() { params, body, ifMatch }: OperationInput<typeof addGroup>,
  ) {
    return this.groups.addToRole(context, params.code, { ...body, ifMatch });
  }

  @Operation(customizeGroups)
  customize(
    @Context() context: InvokeContext,
    @Input() { params, body, ifMatch }: OperationInput<typeof customizeGroups>,
  ) {
    return this.groups.customize(context, params.code, { role: params.role, ...body, ifMatch });
  }
}
