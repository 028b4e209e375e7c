import { type InvokeContext } from '@landlord/kernel';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { Context, defineOperation, Input, Operation, type OperationInput } from '../http/index.js';
import { SubscriptionChanges } from './subscription.changes.service.js';
import {
  activateBody,
  cancelBody,
  changePlanBody,
  paymentMethodBody,
  quantityBody,
  scheduledKind,
  subscriptionView,
} from './subscription.schema.js';

const change = {
  tag: 'Subscription',
  roles: ['system_admin', 'admin', 'billing'],
  tenant: 'required',
  response: { status: 200, schema: subscriptionView, description: 'The subscription as it is now.' },
  problems: ['not_found', 'version_conflict', 'invalid_transition'],
  etag: true,
} as const;

const changePlan = defineOperation({
  ...change,
  method: 'PATCH',
  path: '/subscription/plan',
  summary: 'Change the plan or the billing cycle',
  description:
    'Now, the same cycle keeps the period and another begins one today. At the end of the period it waits as ' +
    '`scheduledChange`, and is looked at again when it falls due.',
  body: changePlanBody,
  problems: [...change.problems, 'downgrade_blocked'],
});

const changeQuantity = defineOperation({
  ...change,
  method: 'PATCH',
  path: '/subscription/quantity',
  summary: 'Change how many of the plan there are, such as seats',
  description: 'Of the plan as it was signed, now or at the end of the period.',
  body: quantityBody,
});

const revoke = defineOperation({
  ...change,
  method: 'DELETE',
  path: '/subscription/scheduled-changes/:kind',
  summary: 'Take back one of the things that wait',
  description: 'A `plan_version` that an operator scheduled only an operator takes back.',
  params: z.object({ kind: scheduledKind }),
});

const activate = defineOperation({
  ...change,
  method: 'POST',
  path: '/subscription/activate',
  summary: 'End the trial early, or begin anew after an end',
  body: activateBody.default({}),
  problems: [...change.problems, 'downgrade_blocked'],
});

const cancel = defineOperation({
  ...change,
  method: 'POST',
  path: '/subscription/cancel',
  summary: 'Cancel the subscription, now or at the end of the period',
  body: cancelBody,
});

const reactivate = defineOperation({
  ...change,
  method: 'POST',
  path: '/subscription/reactivate',
  summary: 'Take back a cancellation, or else a change of plan, that has not taken effect yet',
});

const setAutoRenew = defineOperation({
  ...change,
  method: 'PATCH',
  path: '/subscription/auto-renew',
  summary: 'Turn renewal at the end of the period on or off',
  body: z.strictObject({ autoRenew: z.boolean() }),
});

const setPaymentMethod = defineOperation({
  ...change,
  method: 'PATCH',
  path: '/subscription/payment-method',
  summary: 'Say how it is paid',
  body: paymentMethodBody,
});

@Controller()
export class SubscriptionChangesController {
  constructor(private readonly changes: SubscriptionChanges) {}

  @Operation(changePlan)
  changePlan(
    @Context() context: InvokeContext,
    @Input() { body, ifMatch }: OperationInput<typeof changePlan>,
  ) {
    return this.changes.changePlan(context, { ...body, ifMatch });
  }

  @Operation(changeQuantity)
  changeQuantity(
    @Context() context: InvokeContext,
    @Input() { body, ifMatch }: OperationInput<typeof changeQuantity>,
  ) {
    return this.changes.changeQuantity(context, { ...body, ifMatch });
  }

  @Operation(revoke)
  revoke(@Context() context: InvokeContext, @Input() { params, ifMatch }: OperationInput<typeof revoke>) {
    return this.changes.revoke(context, { scheduled: params.kind, ifMatch });
  }

  @Operation(activate)
  activate(@Context() context: InvokeContext, @Input() { body, ifMatch }: OperationInput<typeof activate>) {
    return this.changes.activate(context, { ...body, ifMatch });
  }

  @Operation(cancel)
  cancel(@Context() context: InvokeContext, @Input() { body, ifMatch }: OperationInput<typeof cancel>) {
    return this.changes.request(context, { command: { kind: 'cancel', ...body }, ifMatch });
  }

  @Operation(reactivate)
  reactivate(@Context() context: InvokeContext, @Input() { ifMatch }: OperationInput<typeof reactivate>) {
    return this.changes.request(context, { command: { kind: 'reactivate' }, ifMatch });
  }

  @Operation(setAutoRenew)
  setAutoRenew(
    @Context() context: InvokeContext,
    @Input() { body, ifMatch }: OperationInput<typeof setAutoRenew>,
  ) {
    return this.changes.request(context, { command: { kind: 'setAutoRenew', ...body }, ifMatch });
  }

  @Operation(setPaymentMethod)
  setPaymentMethod(
    @Context() context: InvokeContext,
    @Input() { body, ifMatch }: OperationInput<typeof setPaymentMethod>,
  ) {
    return this.changes.request(context, { command: { kind: 'setPaymentMethod', ...body }, ifMatch });
  }
}
