import { type InvokeContext } from '@landlord/kernel';
import { Controller } from '@nestjs/common';
import { Context, defineOperation, Input, Operation, type OperationInput } from '../http/index.js';
import { changePlanBody } from '../subscriptions/subscription.schema.js';
import { previewView } from './preview.schema.js';
import { PreviewService } from './preview.service.js';

const previewPlanChange = defineOperation({
  method: 'POST',
  path: '/subscription/plan/preview',
  summary: 'See what a change of plan would cost, without making it',
  description:
    'The lines that the bill would have, by the same rules, and the same refusals as `PATCH /subscription/plan`. ' +
    'At the end of the period: those of the first period on the new terms.',
  tag: 'Subscription',
  roles: ['system_admin', 'admin', 'billing'],
  tenant: 'required',
  body: changePlanBody,
  response: { status: 200, schema: previewView, description: 'What the change would bring.' },
  problems: ['not_found', 'invalid_transition', 'downgrade_blocked'],
});

@Controller()
export class PreviewController {
  constructor(private readonly previews: PreviewService) {}

  @Operation(previewPlanChange)
  planChange(@Context() context: InvokeContext, @Input() { body }: OperationInput<typeof previewPlanChange>) {
    return this.previews.planChange(context, body);
  }
}
