import {
  CLOCK,
  type Clock,
  type Instant,
  type InvokeContext,
  type Item,
  invalidInput,
  LandlordError,
  type MeterAccepted,
  notFound,
  type Page,
  type PageRequest,
  Quantity,
  requireTenant,
  STORE,
  type Store,
  tenantPk,
  tenantScope,
  untilUncontended,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { matchingPage } from '../http/matching-page.js';
import { type MeterCatalogue } from '../meters/meter.catalogue.js';
import { acceptedFrom, quotaFrom } from '../usage/usage.answer.service.js';
import { type MeterDemand, MeteringService, type MeterSubmission } from '../usage/usage.metering.service.js';
import { requireRecordable } from '../usage/usage.recordable.service.js';
import { requireUsable, type UsageSubject } from '../usage/usage-subject.service.js';
import { ReservationExpiry } from './reservation.expiry.service.js';
import {
  createReservationCommand,
  endReservationCommand,
  RESERVATION_TYPE,
  reservationFromItem,
  reservationKey,
  reservationView,
} from './reservation.item.js';
import { decide, type Reservation, type ReservationEnding } from './reservation.js';
import {
  fingerprintOf,
  holdOf,
  meterFlaw,
  newReservation,
  poolsOf,
  type ReservationRequest,
  shownLimits,
  useOf,
} from './reservation.rules.js';
import { type ReservationView, type ReservedView, type ReserveInput } from './reservation.schema.js';

/** Keeps quantity free for a use whose end is not known yet. */
@Injectable()
export class ReservationService {
  constructor(
    @Inject(STORE) private readonly store: Store,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly metering: MeteringService,
    private readonly expiry: ReservationExpiry,
  ) {}

  /**
   * Holds the quantity if every limit leaves it, exactly, however many ask at once. The same id again gives the same
   * reservation. Throws `quota_exceeded`, and `duplicate_event` for an id that asked for something else.
   */
  reserve(
    context: InvokeContext,
    { quantity = Quantity.one, ...input }: ReserveInput,
  ): Promise<ReservedView> {
    const request = { ...input, quantity };
    if (quantity.isNegative() || quantity.isZero()) throw invalidInput('quantity', 'must be above 0');
    const tenantCode = requireTenant(context);
    return untilUncontended(null, async () => {
      const item = await this.find(tenantCode, request.id);
      if (item) return this.repeated(context, reservationFromItem(item), request);
      return this.hold(context, request);
    });
  }

  /** Counts what was used of it, at most what is held, and gives back the rest. */
  commit(context: InvokeContext, id: string, quantity: Quantity | null): Promise<ReservedView> {
    return this.end(context, id, { kind: 'commit', quantity });
  }

  /** Gives it back. */
  release(context: InvokeContext, id: string): Promise<ReservedView> {
    return this.end(context, id, { kind: 'release' });
  }

  async get(context: InvokeContext, id: string): Promise<ReservationView> {
    const item = await this.find(requireTenant(context), id);
    if (!item) throw notFound('reservation');
    return reservationView(reservationFromItem(item), this.clock.now());
  }

  /** Those held now, by id. */
  async list(context: InvokeContext, page: PageRequest): Promise<Page<ReservationView>> {
    const tenantCode = requireTenant(context);
    const now = this.clock.now();
    const query = { pk: tenantPk(tenantCode), sk: { beginsWith: `${RESERVATION_TYPE}#` } };
    const { items, nextCursor } = await matchingPage(
      page,
      (request) => this.store.query(tenantScope(tenantCode), { ...query, ...request }),
      (item) => viewAt(item, now).status === 'held',
    );
    return { items: items.map((item) => viewAt(item, now)), nextCursor };
  }

  private hold(context: InvokeContext, request: ReservationRequest): Promise<ReservedView> {
    const tenantCode = requireTenant(context);
    const now = this.clock.now();
    const demandOf = (subject: UsageSubject, meters: MeterCatalogue): Demand => {
      requireReservable(request.metric, meters);
      const { timezone, pooledWith } = subject;
      const reservation = newReservation(request, { now, timezone, pooledWith });
      return {
        reservation,
        events: [],
        admission: requireUsable(subject),
        holds: [holdOf(reservation, 1)],
        commands: [createReservationCommand(tenantCode, reservation)],
      };
    };
    return this.submit(context, demandOf);
  }

  /** Nothing is held twice: the answer says how it stands now, unless one was kept. */
  private repeated(
    context: InvokeContext,
    reservation: Reservation,
    request: ReservationRequest,
  ): Promise<ReservedView> {
    if (reservation.fingerprint === fingerprintOf(request)) return this.shown(context, reservation);
    const message = `the id "${request.id}" was used for a reservation of something else`;
    throw new LandlordError('duplicate_event', `id: ${message}`, { errors: [{ path: 'id', message }] });
  }

  private end(context: InvokeContext, id: string, ending: ReservationEnding): Promise<ReservedView> {
    const tenantCode = requireTenant(context);
    return untilUncontended(null, async () => {
      const item = await this.find(tenantCode, id);
      if (!item) throw notFound('reservation');
      const reservation = reservationFromItem(item);
      const decision = decide(reservation, ending, this.clock.now());
      switch (decision.status) {
        case 'same':
          return this.shown(context, reservation);
        case 'too_much':
          throw invalidInput('quantity', decision.message);
        case 'refused':
          throw new LandlordError('invalid_transition', decision.message);
        case 'ended':
          return this.ended(context, item, decision.reservation);
      }
    });
  }

  private ended(context: InvokeContext, item: Item, reservation: Reservation): Promise<ReservedView> {
    return this.submit(context, (subject, meters) => {
      const { timezone } = subject;
      const events = useOf(reservation, { timezone, carried: meters.carried });
      requireRecordable(subject, events, meters);
      const pooledWith = poolsOf(reservation, subject);
      return {
        reservation,
        events,
        admission: shownLimits(subject.limits, [item.tenantCode, ...pooledWith]),
        holds: [holdOf(reservation, -1)],
        commands: [endReservationCommand(item, reservation)],
        pooledWith,
      };
    });
  }

  /** Changes nothing; under an idempotency key the answer is the one that was kept. */
  private shown(context: InvokeContext, reservation: Reservation): Promise<ReservedView> {
    return this.submit(context, ({ tenantCode, limits, pooledWith }) => ({
      reservation,
      events: [],
      admission: shownLimits(limits, [tenantCode, ...pooledWith]),
      holds: [holdOf({ ...reservation, quantity: Quantity.zero }, 1)],
    }));
  }

  private async submit(
    context: InvokeContext,
    demandOf: (subject: UsageSubject, meters: MeterCatalogue) => Demand,
  ): Promise<ReservedView> {
    const tenantCode = requireTenant(context);
    let shown: Reservation | null = null;
    const respond = ({ standings: [standing] }: MeterAccepted) => {
      if (!shown || !standing) throw new Error('what is reserved tells how the tenant stands');
      return { ...reservationView(shown, this.clock.now()), ...quotaFrom(standing) };
    };
    const submission: MeterSubmission = {
      tenantCode,
      weight: 1,
      respond,
      demandOf: (subject, meters) => {
        const { reservation, ...demand } = demandOf(subject, meters);
        shown = reservation;
        return demand;
      },
    };
    const outcome = await this.expiry.makingWay(tenantCode, () => this.metering.submit(context, submission));
    return acceptedFrom<ReservedView>(outcome, { inputs: [], respond, pathOf: () => '' });
  }

  private find(tenantCode: string, id: string): Promise<Item | null> {
    return this.store.get(tenantScope(tenantCode), reservationKey(tenantCode, id));
  }
}

/** With the reservation as it is when the demand was met. */
type Demand = MeterDemand & { readonly reservation: Reservation };

function requireReservable(metric: string, meters: MeterCatalogue): void {
  const meter = meters.find(metric);
  const flaw = meter ? meterFlaw(meter) : `there is no meter "${metric}"; see GET /meters`;
  if (flaw !== null) throw invalidInput('metric', flaw);
}

function viewAt(item: Item, now: Instant): ReservationView {
  return reservationView(reservationFromItem(item), now);
}
