import {
  type FullInput,
  generatePk,
  type Item,
  type ItemKey,
  type PartialInput,
  tenantPk,
} from '@landlord/kernel';
import { type Instant } from '@landlord/kernel/pure';
import { z } from 'zod';
import { instant, month, quantity } from '../http/index.js';
import { type Reservation, statusAt } from './reservation.js';
import { type ReservationView } from './reservation.schema.js';

export const RESERVATION_TYPE = 'RESERVATION';

const atLeastZero = quantity.refine((value) => !value.isNegative(), 'must not be below 0');

export const reservationAttributes = z.object({
  metric: z.string(),
  quantity: atLeastZero,
  status: z.enum(['held', 'committed', 'released', 'expired']),
  used: atLeastZero.nullable(),
  period: month,
  heldAt: instant,
  expiresAt: instant,
  endedAt: instant.nullable(),
  pooledWith: z.array(z.string()),
  fingerprint: z.string(),
});

export function reservationKey(tenantCode: string, id: string): ItemKey {
  return { pk: tenantPk(tenantCode), sk: generatePk(RESERVATION_TYPE, id) };
}

export function reservationFromItem({ code, attributes }: Item): Reservation {
  return { ...reservationAttributes.parse(attributes), id: code };
}

export function reservationView(reservation: Reservation, now: Instant): ReservationView {
  const { id, metric, quantity: held, used, period, heldAt, expiresAt, endedAt } = reservation;
  return {
    id,
    metric,
    quantity: held.toJSON(),
    status: statusAt(reservation, now),
    used: used?.toJSON() ?? null,
    period,
    heldAt,
    expiresAt,
    endedAt,
  };
}

export function createReservationCommand(
  tenantCode: string,
  { id, ...reservation }: Reservation,
): { kind: 'full' } & FullInput {
  const { quantity: held, used, pooledWith, expiresAt } = reservation;
  return {
    kind: 'full',
    ...reservationKey(tenantCode, id),
    version: 0,
    tenantCode,
    type: RESERVATION_TYPE,
    code: id,
    name: `reservation of ${reservation.metric}`,
    attributes: {
      ...reservation,
      quantity: held.toJSON(),
      used: used?.toJSON() ?? null,
      pooledWith: [...pooledWith],
    },
    dueAt: expiresAt,
  };
}

/** What has ended is no longer listed, and falls due no more. */
export function endReservationCommand(
  { pk, sk, version }: Item,
  { status, used, endedAt }: Reservation,
): { kind: 'partial' } & PartialInput {
  const attributes = { status, used: used?.toJSON() ?? null, endedAt };
  return { kind: 'partial', pk, sk, version, attributes, dueAt: null, isDeleted: true };
}
