import { type InvokeContext } from '@landlord/kernel';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import {
  Context,
  code,
  defineOperation,
  Input,
  Operation,
  type OperationInput,
  pageOf,
} from '../http/index.js';
import { meterBody, meterChangeBody, meterListQuery, meterView } from './meter.schema.js';
import { MeterService } from './meter.service.js';

const EVERYBODY = ['system_admin', 'admin', 'billing', 'member'] as const;
const common = { tag: 'Meters', tenant: 'none' } as const;
const params = z.object({ code: code() });

const listMeters = defineOperation({
  ...common,
  method: 'GET',
  path: '/meters',
  summary: 'List the meters',
  description: 'What is counted, for every tenant: the built-in meters and those the vendor made.',
  roles: EVERYBODY,
  query: meterListQuery,
  response: { status: 200, schema: pageOf(meterView), description: 'By code.' },
});

const getMeter = defineOperation({
  ...common,
  method: 'GET',
  path: '/meters/:code',
  summary: 'Read a meter',
  roles: EVERYBODY,
  params,
  response: { status: 200, schema: meterView, description: 'The meter, retired or not.' },
  problems: ['not_found'],
  etag: true,
});

const createMeter = defineOperation({
  ...common,
  method: 'POST',
  path: '/meters',
  summary: 'Create a meter',
  description:
    'It counts events from now on, in every tenant. Several meters may take events of one name. How it counts ' +
    '(aggregation, reset, name, properties, filter) is fixed with this.',
  roles: ['system_admin'],
  body: meterBody,
  response: { status: 201, schema: meterView, description: 'The meter.' },
  problems: ['already_exists', 'out_of_bounds'],
  etag: true,
});

const changeMeter = defineOperation({
  ...common,
  method: 'PATCH',
  path: '/meters/:code',
  summary: 'Change how a meter is described',
  description:
    'What is not named stays. Dimensions may be added; how it counts cannot change: make a new meter and retire this one.',
  roles: ['system_admin'],
  params,
  body: meterChangeBody,
  response: { status: 200, schema: meterView, description: 'The meter as it is now.' },
  problems: ['not_found', 'version_conflict'],
  etag: true,
});

const retireMeter = defineOperation({
  ...common,
  method: 'POST',
  path: '/meters/:code/retire',
  summary: 'Count nothing more with a meter',
  description:
    'What it counted stays and can be read; its limits hold no more. Late events are refused from then on.',
  roles: ['system_admin'],
  params,
  response: { status: 200, schema: meterView, description: 'The meter as it is now.' },
  problems: ['not_found', 'version_conflict', 'invalid_transition'],
  etag: true,
});

const reinstateMeter = defineOperation({
  ...common,
  method: 'POST',
  path: '/meters/:code/reinstate',
  summary: 'Count with a retired meter again',
  roles: ['system_admin'],
  params,
  response: { status: 200, schema: meterView, description: 'The meter as it is now.' },
  problems: ['not_found', 'version_conflict', 'invalid_transition', 'out_of_bounds'],
  etag: true,
});

@Controller()
export class MeterController {
  constructor(private readonly meterService: MeterService) {}

  @Operation(listMeters)
  list(@Input() { query }: OperationInput<typeof listMeters>) {
    return this.meterService.list(query);
  }

  @Operation(getMeter)
  get(@Input() { params: { code: meter } }: OperationInput<typeof getMeter>) {
    return this.meterService.get(meter);
  }

  @Operation(createMeter)
  create(@Context() context: InvokeContext, @Input() { body }: OperationInput<typeof createMeter>) {
    return this.meterService.create(context, body);
  }

  @Operation(changeMeter)
  change(
    @Context() context: InvokeContext,
    @Input() { params: { code: meter }, body, ifMatch }: OperationInput<typeof changeMeter>,
  ) {
    return this.meterService.change(context, { code: meter, input: body, ifMatch });
  }

  @Operation(retireMeter)
  retire(
    @Context() context: InvokeContext,
    @Input() { params: { code: meter }, ifMatch }: OperationInput<typeof retireMeter>,
  ) {
    return this.meterService.setActive(context, { code: meter, isActive: false, ifMatch });
  }

  @Operation(reinstateMeter)
  reinstate(
    @Context() context: InvokeContext,
    @Input() { params: { code: meter }, ifMatch }: OperationInput<typeof reinstateMeter>,
  ) {
    return this.meterService.setActive(context, { code: meter, isActive: true, ifMatch });
  }
}
