import { type InvokeContext } from '@landlord/kernel';
import { Controller } from '@nestjs/common';
import { Context, defineOperation, Input, Operation, type OperationInput, pageOf } from '../http/index.js';
import { PersonService } from './person.service.js';
import { sessionView, switchBody, tenanciesQuery, tenancyView } from './user.schema.js';

const TAG = 'Members';

const listMyTenants = defineOperation({
  method: 'GET',
  path: '/users/me/tenants',
  summary: "List the caller's tenants",
  tag: TAG,
  roles: ['admin', 'billing', 'member'],
  tenant: 'required',
  query: tenanciesQuery,
  response: { status: 200, schema: pageOf(tenancyView), description: 'Home first, then the others by code.' },
});

const switchTenant = defineOperation({
  method: 'POST',
  path: '/users/me/switch',
  summary: 'Act for another of the caller’s tenants',
  description:
    'Gives a token for the membership of that tenant, for an hour at most and never longer than the token of this request. ' +
    'Where one signed in, and at home, it gives no more than the token one signed in with; elsewhere the roles of the membership. ' +
    'A tenant without an active membership, or that is not active itself, is not there.',
  tag: TAG,
  roles: ['admin', 'billing', 'member'],
  tenant: 'required',
  body: switchBody,
  response: { status: 200, schema: sessionView, description: 'The token, shown this once.' },
  problems: ['not_found'],
});

@Controller()
export class PersonController {
  constructor(private readonly personService: PersonService) {}

  @Operation(listMyTenants)
  list(@Context() context: InvokeContext, @Input() { query }: OperationInput<typeof listMyTenants>) {
    return this.personService.list(context, query);
  }

  @Operation(switchTenant)
  switchTo(@Context() context: InvokeContext, @Input() { body }: OperationInput<typeof switchTenant>) {
    return this.personService.switchTo(context, body.tenantCode);
  }
}
