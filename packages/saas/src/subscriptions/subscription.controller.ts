import { type InvokeContext } from '@landlord/kernel';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { Context, defineOperation, Input, Operation, type OperationInput } from '../http/index.js';
import { subscriptionView } from './subscription.schema.js';
import { SubscriptionService } from './subscription.service.js';

const getSubscription = defineOperation({
  method: 'GET',
  path: '/subscription',
  summary: 'Read the current subscription',
  tag: 'Subscription',
  roles: ['system_admin', 'admin', 'billing', 'member'],
  tenant: 'required',
  response: { status: 200, schema: subscriptionView, description: 'The current subscription.' },
  problems: ['not_found'],
  etag: true,
});

const setAutoRenew = defineOperation({
  method: 'PATCH',
  path: '/subscription/auto-renew',
  summary: 'Turn renewal at the end of the period on or off',
  tag: 'Subscription',
  roles: ['system_admin', 'admin', 'billing'],
  tenant: 'required',
  body: z.strictObject({ autoRenew: z.boolean() }),
  response: { status: 200, schema: subscriptionView, description: 'The subscription as it is now.' },
  problems: ['not_found', 'version_conflict'],
  etag: true,
});

@Controller()
export class SubscriptionController {
  constructor(private readonly subscriptionService: SubscriptionService) {}

  @Operation(getSubscription)
  get(@Context() context: InvokeContext) {
    return this.subscriptionService.getCurrent(context);
  }

  @Operation(setAutoRenew)
  setAutoRenew(
    @Context() context: InvokeContext,
    @Input() { body, ifMatch }: OperationInput<typeof setAutoRenew>,
  ) {
    return this.subscriptionService.setAutoRenew(context, { ...body, ifMatch });
  }
}
