import { type InvokeContext } from '@landlord/kernel';
import { Controller } from '@nestjs/common';
import { Context, defineOperation, Input, Operation, type OperationInput } from '../http/index.js';
import { auditPage, auditQuery, verificationView, verifyQuery } from './audit.schema.js';
import { AuditService } from './audit.service.js';

const listAudit = defineOperation({
  method: 'GET',
  path: '/audit',
  summary: 'List who did what, when',
  description:
    "The tenant's commands, newest first. An operator who names no tenant sees those of the whole system. With `item` and `asOf` also the state of the item at that time.",
  tag: 'Audit',
  roles: ['system_admin', 'admin'],
  tenant: 'optional',
  query: auditQuery,
  response: { status: 200, schema: auditPage, description: 'Commands, newest first.' },
  problems: ['not_found'],
});

const verifyAudit = defineOperation({
  method: 'GET',
  path: '/audit/verify',
  summary: 'Verify the log of commands',
  description:
    'Recomputes the chain of hashes and compares each item with its last command. Go on with `cursor` until `nextCursor` is null; note `head` elsewhere, so that a chain written anew would show.',
  tag: 'Audit',
  roles: ['system_admin', 'admin'],
  tenant: 'required',
  query: verifyQuery,
  response: {
    status: 200,
    schema: verificationView,
    description: 'What was verified, and the first difference.',
  },
  problems: ['not_found'],
});

@Controller()
export class AuditController {
  constructor(private readonly auditService: AuditService) {}

  @Operation(listAudit)
  list(@Context() context: InvokeContext, @Input() { query }: OperationInput<typeof listAudit>) {
    return this.auditService.list(context, query);
  }

  @Operation(verifyAudit)
  verify(@Context() context: InvokeContext, @Input() { query }: OperationInput<typeof verifyAudit>) {
    return this.auditService.verify(context, query);
  }
}
