import { type InvokeContext } from '@landlord/kernel';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { Context, defineOperation, Input, month, Operation, type OperationInput } from '../http/index.js';
import { recordedView, usageView } from './usage.schema.js';
import { UsageService } from './usage.service.js';
import { eventsBody } from './usage-event.schema.js';

const recordEvents = defineOperation({
  method: 'POST',
  path: '/usage/events',
  summary: 'Record usage events',
  description:
    'Durable when answered. An id counts once, ever; one bad event is named by its index and none is taken. ' +
    'Late events land in the period of their own time; a gauge may be 800 days late. Recording never refuses for a limit.',
  tag: 'Usage',
  roles: ['system_admin', 'admin'],
  tenant: 'required',
  body: eventsBody,
  response: { status: 200, schema: recordedView, description: 'How many were counted.' },
  problems: ['not_found', 'duplicate_event', 'rate_limited'],
});

const getUsage = defineOperation({
  method: 'GET',
  path: '/usage',
  summary: "Read the current month's usage",
  tag: 'Usage',
  roles: ['system_admin', 'admin', 'billing', 'member'],
  tenant: 'required',
  response: { status: 200, schema: usageView, description: 'Usage and quotas.' },
  problems: ['not_found'],
});

const getUsageOfPeriod = defineOperation({
  method: 'GET',
  path: '/usage/:period',
  summary: "Read a month's usage",
  description: 'A month without usage has zeros; gauges are as the month before left them.',
  tag: 'Usage',
  roles: ['system_admin', 'admin', 'billing', 'member'],
  tenant: 'required',
  params: z.object({ period: month }),
  response: { status: 200, schema: usageView, description: 'Usage of the month, and the quotas of today.' },
  problems: ['not_found'],
});

@Controller()
export class UsageController {
  constructor(private readonly usageService: UsageService) {}

  @Operation(recordEvents)
  record(@Context() context: InvokeContext, @Input() { body }: OperationInput<typeof recordEvents>) {
    return this.usageService.record(context, Array.isArray(body) ? body : [body]);
  }

  @Operation(getUsage)
  get(@Context() context: InvokeContext) {
    return this.usageService.getCurrent(context);
  }

  @Operation(getUsageOfPeriod)
  getPeriod(@Context() context: InvokeContext, @Input() { params }: OperationInput<typeof getUsageOfPeriod>) {
    return this.usageService.getPeriod(context, params.period);
  }
}
