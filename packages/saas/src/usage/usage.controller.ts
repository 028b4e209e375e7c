import { type InvokeContext } from '@landlord/kernel';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import {
  Context,
  defineOperation,
  Input,
  month,
  Operation,
  type OperationInput,
  pageOf,
  pageQuery,
  text,
} from '../http/index.js';
import {
  childUsageView,
  consumedView,
  quotasView,
  quotaView,
  recordedView,
  usageView,
} from './usage.schema.js';
import { UsageService } from './usage.service.js';
import {
  cloudEvent,
  cloudEventBatch,
  cloudEventData,
  consumeBody,
  eventsBody,
} from './usage-event.schema.js';
import { UsageReaderService } from './usage-reader.service.js';

const recordEvents = defineOperation({
  method: 'POST',
  path: '/usage/events',
  summary: 'Record usage events',
  description:
    'Durable when answered. An id counts once, ever; one bad event is named by its index and none is taken. ' +
    'Late events land in the period of their own time; a gauge may be 800 days late. Recording never refuses for a limit.\n\n' +
    'CloudEvents 1.0 come in all three modes of its HTTP binding: structured, batched, and binary, where the attributes ' +
    'are `ce-` headers, percent-encoded, and the body is the data.',
  tag: 'Usage',
  roles: ['system_admin', 'admin'],
  tenant: 'required',
  body: eventsBody,
  cloudEvents: { event: cloudEvent, batch: cloudEventBatch, data: cloudEventData },
  response: { status: 200, schema: recordedView, description: 'How many were counted.' },
  problems: ['not_found', 'duplicate_event', 'rate_limited'],
});

const consumeUsage = defineOperation({
  method: 'POST',
  path: '/usage/consume',
  summary: 'Use something, if the quota allows',
  description:
    'Admitted only within every limit that holds, exactly, however many ask at once: the plan, the own cap, and the ' +
    "caps and the plan of the tenants above for one that lives on its parent's subscription. " +
    'Durable when answered. An id counts once; a refused one burns nothing and may come again. ' +
    'Where the plan enforces a limit softly, use beyond it is admitted.',
  tag: 'Usage',
  roles: ['system_admin', 'admin'],
  tenant: 'required',
  body: consumeBody,
  response: { status: 200, schema: consumedView, description: 'Admitted, and how the quota stands now.' },
  problems: ['not_found', 'quota_exceeded', 'duplicate_event', 'rate_limited'],
});

const getQuotas = defineOperation({
  method: 'GET',
  path: '/usage/quotas',
  summary: "Read this month's quotas",
  description:
    'Every meter against the tightest limit that holds for it. A limit shared with other tenants is told as what is left of it.',
  tag: 'Usage',
  roles: ['system_admin', 'admin', 'billing', 'member'],
  tenant: 'required',
  response: { status: 200, schema: quotasView, description: 'All meters; none without a subscription.' },
  problems: ['not_found'],
});

const getQuota = defineOperation({
  method: 'GET',
  path: '/usage/quotas/:metric',
  summary: 'Read the quota of a meter',
  tag: 'Usage',
  roles: ['system_admin', 'admin', 'billing', 'member'],
  tenant: 'required',
  params: z.object({ metric: text({ max: 64 }).meta({ example: 'apiCalls' }) }),
  response: { status: 200, schema: quotaView, description: 'How the quota stands.' },
  problems: ['not_found'],
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

const listChildUsage = defineOperation({
  method: 'GET',
  path: '/usage/children',
  summary: 'What the tenants below used on this subscription',
  description:
    'One line for each tenant directly below that lives on this subscription, with all below it: together the `pooled` of the month.',
  tag: 'Usage',
  roles: ['system_admin', 'admin', 'billing'],
  tenant: 'required',
  query: pageQuery.extend({
    period: month.exactOptional().meta({ description: 'Default: the current month.' }),
  }),
  response: { status: 200, schema: pageOf(childUsageView), description: 'Lines, by code of the tenant.' },
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
  constructor(
    private readonly usageService: UsageService,
    private readonly usageReader: UsageReaderService,
  ) {}

  @Operation(recordEvents)
  record(@Context() context: InvokeContext, @Input() { body }: OperationInput<typeof recordEvents>) {
    return this.usageService.record(context, body);
  }

  @Operation(consumeUsage)
  consume(@Context() context: InvokeContext, @Input() { body }: OperationInput<typeof consumeUsage>) {
    return this.usageService.consume(context, body);
  }

  @Operation(getQuotas)
  getQuotas(@Context() context: InvokeContext) {
    return this.usageReader.getQuotas(context);
  }

  @Operation(getQuota)
  getQuota(@Context() context: InvokeContext, @Input() { params }: OperationInput<typeof getQuota>) {
    return this.usageReader.getQuota(context, params.metric);
  }

  @Operation(getUsage)
  get(@Context() context: InvokeContext) {
    return this.usageReader.getCurrent(context);
  }

  @Operation(listChildUsage)
  listChildren(@Context() context: InvokeContext, @Input() { query }: OperationInput<typeof listChildUsage>) {
    return this.usageReader.listChildren(context, query);
  }

  @Operation(getUsageOfPeriod)
  getPeriod(@Context() context: InvokeContext, @Input() { params }: OperationInput<typeof getUsageOfPeriod>) {
    return this.usageReader.getPeriod(context, params.period);
  }
}
