import { type InvokeContext } from '@landlord/kernel';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import {
  Context,
  code,
  defineOperation,
  FromVisitor,
  Input,
  Operation,
  type OperationInput,
  pageOf,
  pageQuery,
  type Visitor,
} from '../http/index.js';
import { AcceptanceService } from './acceptance.service.js';
import {
  acceptBody,
  acceptedView,
  invitationView,
  inviteBody,
  issuedInvitationView,
  joinBody,
  resendBody,
} from './invitation.schema.js';
import { InvitationService } from './invitation.service.js';

const TAG = 'Members';
const params = z.object({ id: code() });

const invite = defineOperation({
  method: 'POST',
  path: '/users/invitations',
  summary: 'Invite somebody',
  description: 'Whoever has the token may accept, once. Hand it over yourself: nothing is sent.',
  tag: TAG,
  roles: ['system_admin', 'admin'],
  tenant: 'required',
  body: inviteBody,
  response: { status: 201, schema: issuedInvitationView, description: 'The invitation with its token.' },
  problems: ['not_found', 'already_exists'],
  etag: true,
});

const listInvitations = defineOperation({
  method: 'GET',
  path: '/users/invitations',
  summary: 'List the open invitations',
  tag: TAG,
  roles: ['system_admin', 'admin'],
  tenant: 'required',
  query: pageQuery,
  response: {
    status: 200,
    schema: pageOf(invitationView),
    description: 'Those neither accepted nor revoked, by id.',
  },
  problems: ['not_found'],
});

const revokeInvitation = defineOperation({
  method: 'DELETE',
  path: '/users/invitations/:id',
  summary: 'Revoke an invitation',
  tag: TAG,
  roles: ['system_admin', 'admin'],
  tenant: 'required',
  params,
  response: { status: 200, schema: invitationView, description: 'The invitation, now revoked.' },
  problems: ['not_found', 'version_conflict'],
  etag: true,
});

const resendInvitation = defineOperation({
  method: 'POST',
  path: '/users/invitations/:id/resend',
  summary: 'Renew an invitation',
  description: 'A new token and a new term, also after the old one has expired. The token before is dead.',
  tag: TAG,
  roles: ['system_admin', 'admin'],
  tenant: 'required',
  params,
  body: resendBody,
  response: { status: 201, schema: issuedInvitationView, description: 'The invitation with its new token.' },
  problems: ['not_found', 'version_conflict'],
  etag: true,
});

const acceptInvitation = defineOperation({
  method: 'POST',
  path: '/invitations/accept',
  summary: 'Accept an invitation as somebody new',
  description: 'Tokens that are unknown, used, revoked or expired are not told apart.',
  tag: TAG,
  roles: 'public',
  tenant: 'none',
  body: acceptBody,
  response: { status: 201, schema: acceptedView, description: 'The new member.' },
  problems: ['not_found', 'already_exists', 'quota_exceeded', 'idempotency_mismatch'],
});

const joinTenant = defineOperation({
  method: 'POST',
  path: '/invitations/join',
  summary: 'Accept an invitation as oneself',
  description:
    'The caller belongs to one more tenant, and may change to it with `POST /users/me/switch`. ' +
    'Tokens that are unknown, used, revoked or expired are not told apart.',
  tag: TAG,
  roles: ['admin', 'billing', 'member'],
  tenant: 'required',
  body: joinBody,
  response: { status: 201, schema: acceptedView, description: 'The membership in the other tenant.' },
  problems: ['not_found', 'already_exists', 'quota_exceeded'],
});

@Controller()
export class InvitationController {
  constructor(
    private readonly invitationService: InvitationService,
    private readonly acceptanceService: AcceptanceService,
  ) {}

  @Operation(invite)
  invite(@Context() context: InvokeContext, @Input() { body }: OperationInput<typeof invite>) {
    return this.invitationService.invite(context, body);
  }

  @Operation(listInvitations)
  list(@Context() context: InvokeContext, @Input() { query }: OperationInput<typeof listInvitations>) {
    return this.invitationService.list(context, query);
  }

  @Operation(revokeInvitation)
  revoke(
    @Context() context: InvokeContext,
    @Input() { params, ifMatch }: OperationInput<typeof revokeInvitation>,
  ) {
    return this.invitationService.revoke(context, { id: params.id, ifMatch });
  }

  @Operation(resendInvitation)
  resend(
    @Context() context: InvokeContext,
    @Input() { params, body, ifMatch }: OperationInput<typeof resendInvitation>,
  ) {
    const { expiresInHours } = body ?? {};
    return this.invitationService.resend(context, { id: params.id, expiresInHours, ifMatch });
  }

  @Operation(acceptInvitation)
  accept(@FromVisitor() visitor: Visitor, @Input() { body }: OperationInput<typeof acceptInvitation>) {
    return this.acceptanceService.accept(visitor, body);
  }

  @Operation(joinTenant)
  join(@Context() context: InvokeContext, @Input() { body }: OperationInput<typeof joinTenant>) {
    return this.acceptanceService.join(context, body);
  }
}
