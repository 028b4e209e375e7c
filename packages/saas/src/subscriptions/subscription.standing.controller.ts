import { type InvokeContext } from '@landlord/kernel';
import { Controller } from '@nestjs/common';
import { Context, defineOperation, Input, Operation, type OperationInput } from '../http/index.js';
import { SubscriptionChanges } from './subscription.changes.service.js';
import { pastDueBody, pauseBody, subscriptionView } from './subscription.schema.js';

const change = {
  method: 'POST',
  tag: 'Subscription',
  tenant: 'required',
  response: { status: 200, schema: subscriptionView, description: 'The subscription as it is now.' },
  problems: ['not_found', 'version_conflict', 'invalid_transition'],
  etag: true,
} as const;

const pause = defineOperation({
  ...change,
  path: '/subscription/pause',
  roles: ['system_admin', 'admin', 'billing'],
  summary: 'Pause the subscription from today on',
  description:
    'Nothing is billed for a pause, and nothing can be consumed in it. `freeze` keeps the days left of the period for ' +
    'afterwards; `run` lets periods go by. Asked again, `resumesOn` changes.',
  body: pauseBody.default({ mode: 'freeze', resumesOn: null, reason: null }),
});

const resume = defineOperation({
  ...change,
  path: '/subscription/resume',
  roles: ['system_admin', 'admin', 'billing'],
  summary: 'Resume a paused subscription today',
});

const markPastDue = defineOperation({
  ...change,
  path: '/subscription/past-due',
  roles: ['system_admin'],
  summary: 'Say that something is owed',
  description: 'It goes on for now; no period begins until it is paid.',
  body: pastDueBody,
});

const recover = defineOperation({
  ...change,
  path: '/subscription/recover',
  roles: ['system_admin'],
  summary: 'Say that what was owed is paid',
  description: 'Active again; periods that went by meanwhile begin now, one after the other.',
});

/** What a subscription is beside its plan: paused, or owing. */
@Controller()
export class SubscriptionStandingController {
  constructor(private readonly changes: SubscriptionChanges) {}

  @Operation(pause)
  pause(@Context() context: InvokeContext, @Input() { body, ifMatch }: OperationInput<typeof pause>) {
    return this.changes.pause(context, { ...body, ifMatch });
  }

  @Operation(resume)
  resume(@Context() context: InvokeContext, @Input() { ifMatch }: OperationInput<typeof resume>) {
    return this.changes.request(context, { command: { kind: 'resume' }, ifMatch });
  }

  @Operation(markPastDue)
  markPastDue(
    @Context() context: InvokeContext,
    @Input() { body, ifMatch }: OperationInput<typeof markPastDue>,
  ) {
    return this.changes.request(context, { command: { kind: 'markPastDue', ...body }, ifMatch });
  }

  @Operation(recover)
  recover(@Context() context: InvokeContext, @Input() { ifMatch }: OperationInput<typeof recover>) {
    return this.changes.request(context, { command: { kind: 'recover' }, ifMatch });
  }
}
