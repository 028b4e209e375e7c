import { type InvokeContext } from '@landlord/kernel';
import { Controller } from '@nestjs/common';
import {
  Context,
  defineOperation,
  Input,
  Operation,
  type OperationInput,
  pageOf,
  pageQuery,
} from '../http/index.js';
import { deliveryView } from './delivery.schema.js';
import { DeliveryService } from './delivery.service.js';
import {
  createEndpointBody,
  endpointView,
  issuedEndpointView,
  endpointParams as params,
  patchEndpointBody,
  replayBody,
  rotateBody,
} from './endpoint.schema.js';
import { EndpointSecrets } from './endpoint.secrets.service.js';
import { EndpointService } from './endpoint.service.js';

const TAG = 'Webhooks';

const createEndpoint = defineOperation({
  method: 'POST',
  path: '/webhooks/endpoints',
  summary: 'Have events sent somewhere',
  description:
    'Requests are signed as Standard Webhooks says, with the secret that is in this answer and never again. An ' +
    'operator who acts for no tenant makes an endpoint of the vendor, which is told of all tenants. At most 10.',
  tag: TAG,
  roles: ['system_admin', 'admin'],
  tenant: 'optional',
  body: createEndpointBody,
  response: { status: 201, schema: issuedEndpointView, description: 'The endpoint with its signing secret.' },
  problems: ['not_found', 'out_of_bounds', 'invalid_transition'],
  etag: true,
});

const listEndpoints = defineOperation({
  method: 'GET',
  path: '/webhooks/endpoints',
  summary: 'List where events are sent',
  tag: TAG,
  roles: ['system_admin', 'admin'],
  tenant: 'optional',
  query: pageQuery,
  response: { status: 200, schema: pageOf(endpointView), description: 'The endpoints, by id.' },
  problems: ['not_found'],
});

const getEndpoint = defineOperation({
  method: 'GET',
  path: '/webhooks/endpoints/:id',
  summary: 'One endpoint',
  tag: TAG,
  roles: ['system_admin', 'admin'],
  tenant: 'optional',
  params,
  response: { status: 200, schema: endpointView, description: 'The endpoint.' },
  problems: ['not_found'],
  etag: true,
});

const patchEndpoint = defineOperation({
  method: 'PATCH',
  path: '/webhooks/endpoints/:id',
  summary: 'Change an endpoint',
  description: 'What is not named stays.',
  tag: TAG,
  roles: ['system_admin', 'admin'],
  tenant: 'optional',
  params,
  body: patchEndpointBody,
  response: { status: 200, schema: endpointView, description: 'The endpoint as it is now.' },
  problems: ['not_found', 'version_conflict', 'invalid_transition'],
  etag: true,
});

const deleteEndpoint = defineOperation({
  method: 'DELETE',
  path: '/webhooks/endpoints/:id',
  summary: 'Delete an endpoint',
  description: 'Deliveries that are under way end as failed.',
  tag: TAG,
  roles: ['system_admin', 'admin'],
  tenant: 'optional',
  params,
  response: { status: 200, schema: endpointView, description: 'The endpoint as it was.' },
  problems: ['not_found', 'version_conflict'],
  etag: true,
});

const rotateSecret = defineOperation({
  method: 'POST',
  path: '/webhooks/endpoints/:id/rotate-secret',
  summary: 'Give an endpoint a new signing secret',
  description: 'Both secrets sign during the grace, so that the receiver can change over.',
  tag: TAG,
  roles: ['system_admin', 'admin'],
  tenant: 'optional',
  params,
  body: rotateBody,
  response: { status: 201, schema: issuedEndpointView, description: 'The endpoint with its new secret.' },
  problems: ['not_found', 'version_conflict', 'invalid_transition'],
  etag: true,
});

const testEndpoint = defineOperation({
  method: 'POST',
  path: '/webhooks/endpoints/:id/test',
  summary: 'Send a test event',
  description: 'A `webhook.test` to this endpoint, whichever events it asks for.',
  tag: TAG,
  roles: ['system_admin', 'admin'],
  tenant: 'optional',
  params,
  response: { status: 202, schema: deliveryView, description: 'The delivery, which goes out now.' },
  problems: ['not_found', 'invalid_transition'],
});

const replayEndpoint = defineOperation({
  method: 'POST',
  path: '/webhooks/endpoints/:id/replay',
  summary: 'Send again what failed',
  description:
    'All failed deliveries of events recorded since; they go out with their own `webhook-id` again.',
  tag: TAG,
  roles: ['system_admin', 'admin'],
  tenant: 'optional',
  params,
  body: replayBody,
  response: {
    status: 202,
    schema: endpointView,
    description: 'The endpoint; `replaySince` is null again when all are under way.',
  },
  problems: ['not_found', 'version_conflict', 'invalid_transition'],
  etag: true,
});

@Controller()
export class EndpointController {
  constructor(
    private readonly endpoints: EndpointService,
    private readonly secrets: EndpointSecrets,
    private readonly deliveries: DeliveryService,
  ) {}

  @Operation(createEndpoint)
  create(@Context() context: InvokeContext, @Input() { body }: OperationInput<typeof createEndpoint>) {
    return this.endpoints.create(context, body);
  }

  @Operation(listEndpoints)
  list(@Context() context: InvokeContext, @Input() { query }: OperationInput<typeof listEndpoints>) {
    return this.endpoints.list(context, query);
  }

  @Operation(getEndpoint)
  get(@Context() context: InvokeContext, @Input() { params }: OperationInput<typeof getEndpoint>) {
    return this.endpoints.get(context, params.id);
  }

  @Operation(patchEndpoint)
  patch(
    @Context() context: InvokeContext,
    @Input() { params, body, ifMatch }: OperationInput<typeof patchEndpoint>,
  ) {
    return this.endpoints.patch(context, { id: params.id, ifMatch, patch: body });
  }

  @Operation(deleteEndpoint)
  remove(
    @Context() context: InvokeContext,
    @Input() { params, ifMatch }: OperationInput<typeof deleteEndpoint>,
  ) {
    return this.endpoints.remove(context, { id: params.id, ifMatch });
  }

  @Operation(rotateSecret)
  rotate(
    @Context() context: InvokeContext,
    @Input() { params, body, ifMatch }: OperationInput<typeof rotateSecret>,
  ) {
    return this.secrets.rotate(context, { id: params.id, ifMatch, ...body });
  }

  @Operation(testEndpoint)
  test(@Context() context: InvokeContext, @Input() { params }: OperationInput<typeof testEndpoint>) {
    return this.deliveries.test(context, params.id);
  }

  @Operation(replayEndpoint)
  replay(
    @Context() context: InvokeContext,
    @Input() { params, body, ifMatch }: OperationInput<typeof replayEndpoint>,
  ) {
    return this.endpoints.replay(context, { id: params.id, ifMatch, since: body.since });
  }
}
