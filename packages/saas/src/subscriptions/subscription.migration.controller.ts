import { type InvokeContext } from '@landlord/kernel';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { Context, code, defineOperation, Input, Operation, type OperationInput } from '../http/index.js';
import { migrationBody, migrationView } from './subscription.migration.schema.js';
import { SubscriptionMigration } from './subscription.migration.service.js';

const migratePlan = defineOperation({
  method: 'POST',
  path: '/plans/:code/migrate',
  summary: 'Move subscriptions to a newer version of their plan',
  description:
    'At once, or when each renews. A call moves up to 25 subscriptions, all or none; go on with `nextCursor`, with ' +
    'an Idempotency-Key of its own for each call. It only goes up, so repeating it changes nothing. What is in use ' +
    'is not compared with the limits of the new version.',
  tag: 'Plans',
  roles: ['system_admin'],
  tenant: 'none',
  params: z.object({ code: code() }),
  body: migrationBody,
  response: { status: 200, schema: migrationView, description: 'What was done, and what was not and why.' },
  problems: ['not_found', 'version_conflict'],
});

@Controller()
export class SubscriptionMigrationController {
  constructor(private readonly migration: SubscriptionMigration) {}

  @Operation(migratePlan)
  migrate(@Context() context: InvokeContext, @Input() { params, body }: OperationInput<typeof migratePlan>) {
    return this.migration.migrate(context, params.code, body);
  }
}
