import { type InvokeContext } from '@landlord/kernel';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import {
  Context,
  defineOperation,
  Input,
  Operation,
  type OperationInput,
  pageOf,
  pageQuery,
} from '../http/index.js';
import {
  commitBody,
  reservationId,
  reservationView,
  reserveBody,
  reservedView,
} from './reservation.schema.js';
import { ReservationService } from './reservation.service.js';

const common = { tag: 'Reservations', tenant: 'required' } as const;
const params = z.object({ id: reservationId });
const USERS = ['system_admin', 'admin'] as const;
const READERS = ['system_admin', 'admin', 'billing', 'member'] as const;

const reserve = defineOperation({
  ...common,
  method: 'POST',
  path: '/usage/reservations',
  summary: 'Hold a quantity',
  description:
    'Kept free within every limit that holds, exactly, for a use to come: commit it, or release it. It counts against ' +
    'the limits of everybody in the pool as if it were used. What is neither committed nor released in time expires.',
  roles: USERS,
  body: reserveBody,
  response: { status: 201, schema: reservedView, description: 'Held, and how the quota stands now.' },
  problems: ['not_found', 'quota_exceeded', 'duplicate_event', 'rate_limited'],
});

const commitReservation = defineOperation({
  ...common,
  method: 'POST',
  path: '/usage/reservations/:id/commit',
  summary: 'Use what is held',
  description:
    'Less than what is held gives the rest back. It is never refused for a limit; once expired it is refused.',
  roles: USERS,
  params,
  body: commitBody,
  response: { status: 200, schema: reservedView, description: 'Used, and how the quota stands now.' },
  problems: ['not_found', 'invalid_transition', 'rate_limited'],
});

const releaseReservation = defineOperation({
  ...common,
  method: 'POST',
  path: '/usage/reservations/:id/release',
  summary: 'Give back what is held',
  roles: USERS,
  params,
  response: { status: 200, schema: reservedView, description: 'Given back, and how the quota stands now.' },
  problems: ['not_found', 'invalid_transition', 'rate_limited'],
});

const getReservation = defineOperation({
  ...common,
  method: 'GET',
  path: '/usage/reservations/:id',
  summary: 'Read a reservation',
  roles: READERS,
  params,
  response: { status: 200, schema: reservationView, description: 'The reservation, also when it has ended.' },
  problems: ['not_found'],
});

const listReservations = defineOperation({
  ...common,
  method: 'GET',
  path: '/usage/reservations',
  summary: 'List what is held',
  description: 'A page may hold fewer than `limit` and still have a next one.',
  roles: READERS,
  query: pageQuery,
  response: { status: 200, schema: pageOf(reservationView), description: 'Reservations held now, by id.' },
});

@Controller()
export class ReservationController {
  constructor(private readonly reservations: ReservationService) {}

  @Operation(reserve)
  reserve(@Context() context: InvokeContext, @Input() { body }: OperationInput<typeof reserve>) {
    return this.reservations.reserve(context, body);
  }

  @Operation(commitReservation)
  commit(
    @Context() context: InvokeContext,
    @Input() { params: { id }, body }: OperationInput<typeof commitReservation>,
  ) {
    return this.reservations.commit(context, id, body?.quantity ?? null);
  }

  @Operation(releaseReservation)
  release(
    @Context() context: InvokeContext,
    @Input() { params: { id } }: OperationInput<typeof releaseReservation>,
  ) {
    return this.reservations.release(context, id);
  }

  @Operation(listReservations)
  list(@Context() context: InvokeContext, @Input() { query }: OperationInput<typeof listReservations>) {
    return this.reservations.list(context, query);
  }

  @Operation(getReservation)
  get(@Context() context: InvokeContext, @Input() { params: { id } }: OperationInput<typeof getReservation>) {
    return this.reservations.get(context, id);
  }
}
