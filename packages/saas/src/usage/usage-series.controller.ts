import { type InvokeContext } from '@landlord/kernel';
import { Controller } from '@nestjs/common';
import { Context, defineOperation, Input, Operation, type OperationInput } from '../http/index.js';
import { seriesParams, seriesQuery, seriesView } from './usage.series.schema.js';
import { UsageSeriesService } from './usage-series.service.js';

const getSeries = defineOperation({
  method: 'GET',
  path: '/usage/:period/series',
  summary: "Read a month's usage by day or hour",
  description:
    "Own use, in the tenant's time zone: days are its days, also those of 23 or 25 hours. A sum is 0 where nothing came; a gauge stays where it was. " +
    'Late events are in the hour of their own time. The points of a sum add up to the month.',
  tag: 'Usage',
  roles: ['system_admin', 'admin', 'billing', 'member'],
  tenant: 'required',
  params: seriesParams,
  query: seriesQuery,
  response: { status: 200, schema: seriesView, description: 'The whole month, one series for each metric.' },
  problems: ['not_found'],
});

@Controller()
export class UsageSeriesController {
  constructor(private readonly usageSeries: UsageSeriesService) {}

  @Operation(getSeries)
  get(@Context() context: InvokeContext, @Input() { params, query }: OperationInput<typeof getSeries>) {
    return this.usageSeries.get(context, { ...params, ...query });
  }
}
