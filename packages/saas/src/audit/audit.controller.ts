import { HistoryService, type InvokeContext } from '@landlord/kernel';
import { Controller } from '@nestjs/common';
import {
  Context,
  defineOperation,
  Input,
  Operation,
  type OperationInput,
  pageOf,
  pageQuery,
  text,
} from '../http/index.js';
import { TenantService } from '../tenants/tenant.service.js';
import { auditEntry, auditEntryView } from './audit.schema.js';

const listAudit = defineOperation({
  method: 'GET',
  path: '/audit',
  summary: 'List who did what, when',
  description:
    "The tenant's commands, newest first. An operator who names no tenant sees those of the whole system.",
  tag: 'Audit',
  roles: ['system_admin', 'admin'],
  tenant: 'optional',
  query: pageQuery.extend({
    type: text({ max: 64 })
      .exactOptional()
      .meta({ description: 'Only items of this type.', example: 'SUBSCRIPTION' }),
    userId: text({ max: 255 }).exactOptional().meta({ description: 'Only what this user did.' }),
  }),
  response: { status: 200, schema: pageOf(auditEntryView), description: 'Commands, newest first.' },
  problems: ['not_found'],
});

@Controller()
export class AuditController {
  constructor(
    private readonly historyService: HistoryService,
    private readonly tenantService: TenantService,
  ) {}

  @Operation(listAudit)
  async list(@Context() context: InvokeContext, @Input() { query }: OperationInput<typeof listAudit>) {
    const { tenantCode } = context.user;
    if (tenantCode !== null) await this.tenantService.get(context, tenantCode);
    const { items, nextCursor } = await this.historyService.listCommands(query, { invokeContext: context });
    return { items: items.map(auditEntry), nextCursor };
  }
}
