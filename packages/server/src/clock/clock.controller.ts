import { type InvokeContext } from '@landlord/kernel';
import {
  Context,
  defineOperation,
  Input,
  instant,
  instantValue,
  Operation,
  type OperationInput,
} from '@landlord/saas';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { ClockService } from './clock.service.js';

const clockState = z.object({ now: instantValue }).meta({ id: 'Clock' });

const getClock = defineOperation({
  method: 'GET',
  path: '/clock',
  summary: 'Where the test clock stands',
  tag: 'Test clock',
  roles: ['system_admin'],
  tenant: 'none',
  response: { status: 200, schema: clockState, description: 'The present instant.' },
});

const moveClock = defineOperation({
  method: 'PUT',
  path: '/clock',
  summary: 'Move the test clock forward',
  description:
    'Goes from each instant at which something falls due to the next, and answers when all that follows has been done. Tokens go by the system time all the same.',
  tag: 'Test clock',
  roles: ['system_admin'],
  tenant: 'none',
  body: z.strictObject({ now: instant }),
  response: { status: 200, schema: clockState, description: 'The new present.' },
  problems: ['invalid_transition'],
});

@Controller()
export class ClockController {
  constructor(private readonly clock: ClockService) {}

  @Operation(getClock)
  get() {
    return { now: this.clock.now() };
  }

  @Operation(moveClock)
  async move(@Context() context: InvokeContext, @Input() { body }: OperationInput<typeof moveClock>) {
    return { now: await this.clock.moveTo(body.now, context) };
  }
}
