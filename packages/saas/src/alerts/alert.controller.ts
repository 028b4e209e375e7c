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
import { alertView } from './alert.schema.js';
import { AlertService } from './alert.service.js';

const listAlerts = defineOperation({
  method: 'GET',
  path: '/usage/alerts',
  summary: 'List the thresholds that use has reached',
  description:
    'Newest first. One for each meter, month and threshold: 80 % (`usage.near_limit`), 100 % (`usage.limit_reached`) and ' +
    'those of the setting `usage.thresholds` (`usage.threshold_crossed`), such as `{ "apiCalls": [50, 90] }`. ' +
    'The limits are those of the own plan, or the own caps on the subscription of a tenant above.',
  tag: 'Usage',
  roles: ['system_admin', 'admin', 'billing', 'member'],
  tenant: 'required',
  query: pageQuery,
  response: { status: 200, schema: pageOf(alertView), description: 'Alerts, newest first.' },
});

@Controller()
export class AlertController {
  constructor(private readonly alertService: AlertService) {}

  @Operation(listAlerts)
  list(@Context() context: InvokeContext, @Input() { query }: OperationInput<typeof listAlerts>) {
    return this.alertService.list(context, query);
  }
}
