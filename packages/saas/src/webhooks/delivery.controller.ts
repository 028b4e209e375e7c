import { type InvokeContext } from '@landlord/kernel';
import { Controller } from '@nestjs/common';
import { Context, defineOperation, Input, Operation, type OperationInput, pageOf } from '../http/index.js';
import {
  deliveryQuery,
  deliveryView,
  deliveryWithAttemptsView,
  deliveryParams as params,
} from './delivery.schema.js';
import { DeliveryService } from './delivery.service.js';

const TAG = 'Webhooks';

const listDeliveries = defineOperation({
  method: 'GET',
  path: '/webhooks/deliveries',
  summary: 'List what was sent, is to be sent, or could not be',
  tag: TAG,
  roles: ['system_admin', 'admin'],
  tenant: 'optional',
  query: deliveryQuery,
  response: { status: 200, schema: pageOf(deliveryView), description: 'The deliveries, newest event first.' },
  problems: ['not_found'],
});

const getDelivery = defineOperation({
  method: 'GET',
  path: '/webhooks/deliveries/:id',
  summary: 'One delivery with its attempts',
  tag: TAG,
  roles: ['system_admin', 'admin'],
  tenant: 'optional',
  params,
  response: { status: 200, schema: deliveryWithAttemptsView, description: 'The delivery.' },
  problems: ['not_found'],
  etag: true,
});

const replayDelivery = defineOperation({
  method: 'POST',
  path: '/webhooks/deliveries/:id/replay',
  summary: 'Send a settled delivery once more',
  description: 'With the same `webhook-id`, so that a receiver who had it knows it again.',
  tag: TAG,
  roles: ['system_admin', 'admin'],
  tenant: 'optional',
  params,
  response: { status: 202, schema: deliveryView, description: 'The delivery, which goes out now.' },
  problems: ['not_found', 'version_conflict', 'invalid_transition'],
  etag: true,
});

@Controller()
export class DeliveryController {
  constructor(private readonly deliveries: DeliveryService) {}

  @Operation(listDeliveries)
  list(@Context() context: InvokeContext, @Input() { query }: OperationInput<typeof listDeliveries>) {
    return this.deliveries.list(context, query);
  }

  @Operation(getDelivery)
  get(@Context() context: InvokeContext, @Input() { params }: OperationInput<typeof getDelivery>) {
    return this.deliveries.get(context, params.id);
  }

  @Operation(replayDelivery)
  replay(
    @Context() context: InvokeContext,
    @Input() { params, ifMatch }: OperationInput<typeof replayDelivery>,
  ) {
    return this.deliveries.replay(context, { id: params.id, ifMatch });
  }
}
