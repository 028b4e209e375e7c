import { type InvokeContext } from '@landlord/kernel';
import { Controller } from '@nestjs/common';
import { Context, defineOperation, Input, Operation, type OperationInput, pageQuery } from '../http/index.js';
import { subscriptionEventPage } from './subscription.event.schema.js';
import { scheduledView, subscriptionView } from './subscription.schema.js';
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

const listEvents = defineOperation({
  method: 'GET',
  path: '/subscription/events',
  summary: 'List what happened to the subscription',
  tag: 'Subscription',
  roles: ['system_admin', 'admin', 'billing'],
  tenant: 'required',
  query: pageQuery,
  response: { status: 200, schema: subscriptionEventPage, description: 'Events, newest first.' },
});

const listScheduled = defineOperation({
  method: 'GET',
  path: '/subscription/scheduled-changes',
  summary: 'List what waits and can be taken back',
  description: 'At most one of each kind: a cancellation, a change of plan or version, the end of a pause.',
  tag: 'Subscription',
  roles: ['system_admin', 'admin', 'billing'],
  tenant: 'required',
  response: { status: 200, schema: scheduledView, description: 'All of them.' },
  problems: ['not_found'],
});

@Controller()
export class SubscriptionController {
  constructor(private readonly subscriptionService: SubscriptionService) {}

  @Operation(getSubscription)
  get(@Context() context: InvokeContext) {
    return this.subscriptionService.getCurrent(context);
  }

  @Operation(listScheduled)
  listScheduled(@Context() context: InvokeContext) {
    return this.subscriptionService.listScheduled(context);
  }

  @Operation(listEvents)
  listEvents(@Context() context: InvokeContext, @Input() { query }: OperationInput<typeof listEvents>) {
    return this.subscriptionService.listEvents(context, query);
  }
}
