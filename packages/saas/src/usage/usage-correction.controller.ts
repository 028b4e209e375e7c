import { type InvokeContext } from '@landlord/kernel';
import { Controller } from '@nestjs/common';
import { Context, defineOperation, Input, Operation, type OperationInput } from '../http/index.js';
import { correctionBody, correctionView } from './usage.correction.schema.js';
import { UsageCorrectionService } from './usage-correction.service.js';

const correctUsage = defineOperation({
  method: 'POST',
  path: '/usage/corrections',
  summary: 'Take a usage event back',
  description:
    'What the event counted is taken back in the month and hour of its own time, exactly and once, and the audit says by whom and why. ' +
    'An event that set a gauge cannot be taken back (set it again), nor a correction, nor one that is no longer kept. No level goes below 0.',
  tag: 'Usage',
  roles: ['system_admin', 'admin'],
  tenant: 'required',
  body: correctionBody,
  response: { status: 201, schema: correctionView, description: 'What was taken back.' },
  problems: ['not_found', 'already_exists', 'duplicate_event', 'invalid_transition', 'out_of_bounds'],
});

@Controller()
export class UsageCorrectionController {
  constructor(private readonly usageCorrections: UsageCorrectionService) {}

  @Operation(correctUsage)
  correct(@Context() context: InvokeContext, @Input() { body }: OperationInput<typeof correctUsage>) {
    return this.usageCorrections.correct(context, body);
  }
}
