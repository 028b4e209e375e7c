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
} from '../http/index.js';
import { memberId, memberPatch, memberView } from './user.schema.js';
import { UserService } from './user.service.js';

const TAG = 'Members';
const params = z.object({ id: memberId });

const listUsers = defineOperation({
  method: 'GET',
  path: '/users',
  summary: 'List the members',
  tag: TAG,
  roles: ['system_admin', 'admin'],
  tenant: 'required',
  query: pageQuery,
  response: {
    status: 200,
    schema: pageOf(memberView),
    description: 'Members, by id; not those who were removed.',
  },
  problems: ['not_found'],
});

const getMe = defineOperation({
  method: 'GET',
  path: '/users/me',
  summary: 'Read oneself',
  tag: TAG,
  roles: ['admin', 'billing', 'member'],
  tenant: 'required',
  response: { status: 200, schema: memberView, description: 'The caller, as a member of the tenant.' },
  problems: ['not_found'],
  etag: true,
});

const getUser = defineOperation({
  method: 'GET',
  path: '/users/:id',
  summary: 'Read a member',
  tag: TAG,
  roles: ['system_admin', 'admin'],
  tenant: 'required',
  params,
  response: { status: 200, schema: memberView, description: 'The member.' },
  problems: ['not_found'],
  etag: true,
});

const patchUser = defineOperation({
  method: 'PATCH',
  path: '/users/:id',
  summary: 'Change a member',
  description:
    'Those who are suspended do not count as active users; coming back needs room within the limit of users. The last active admin stays one.',
  tag: TAG,
  roles: ['system_admin', 'admin'],
  tenant: 'required',
  params,
  body: memberPatch,
  response: { status: 200, schema: memberView, description: 'The member as it is now.' },
  problems: ['not_found', 'version_conflict', 'invalid_transition', 'quota_exceeded'],
  etag: true,
});

const removeUser = defineOperation({
  method: 'DELETE',
  path: '/users/:id',
  summary: 'Remove a member',
  description: 'The last active admin stays. The history stays, too, and the person may be invited again.',
  tag: TAG,
  roles: ['system_admin', 'admin'],
  tenant: 'required',
  params,
  response: { status: 200, schema: memberView, description: 'The member as it was, now removed.' },
  problems: ['not_found', 'version_conflict', 'invalid_transition'],
  etag: true,
});

@Controller()
export class UserController {
  constructor(private readonly userService: UserService) {}

  @Operation(listUsers)
  list(@Context() context: InvokeContext, @Input() { query }: OperationInput<typeof listUsers>) {
    return this.userService.list(context, query);
  }

  @Operation(getMe)
  getMe(@Context() context: InvokeContext) {
    return this.userService.getMe(context);
  }

  @Operation(getUser)
  get(@Context() context: InvokeContext, @Input() { params }: OperationInput<typeof getUser>) {
    return this.userService.get(context, params.id);
  }

  @Operation(patchUser)
  patch(
    @Context() context: InvokeContext,
    @Input() { params, body, ifMatch }: OperationInput<typeof patchUser>,
  ) {
    return this.userService.patch(context, { id: params.id, patch: body, ifMatch });
  }

  @Operation(removeUser)
  remove(@Context() context: InvokeContext, @Input() { params, ifMatch }: OperationInput<typeof removeUser>) {
    return this.userService.remove(context, { id: params.id, ifMatch });
  }
}
