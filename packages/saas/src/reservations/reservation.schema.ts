import { z } from 'zod';
import { instantValue, quantity, quantityValue, text } from '../http/index.js';
import { quotaView } from '../usage/usage.schema.js';

/** A day: what is held longer is in use. */
const EXPIRY_LIMIT_SECONDS = 86_400;
const EXPIRY_DEFAULT_SECONDS = 300;

export const reservationId = z
  .string()
  .regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9._:~-]{0,127})$/,
    'must be 1 to 128 letters, digits, or . _ : ~ - behind the first',
  )
  .meta({ description: 'Holds once, ever.', example: 'job-7f3a' });

export const reserveBody = z
  .strictObject({
    id: reservationId,
    metric: text({ max: 64 }).meta({
      description: 'The code of a meter: a sum or a gauge.',
      example: 'apiCalls',
    }),
    quantity: quantity.exactOptional().meta({ description: 'Above 0; default 1.' }),
    expiresInSeconds: z
      .int()
      .min(1, 'must be at least 1')
      .max(EXPIRY_LIMIT_SECONDS, `must be at most ${EXPIRY_LIMIT_SECONDS}, a day`)
      .default(EXPIRY_DEFAULT_SECONDS)
      .meta({ example: 300 }),
  })
  .meta({ id: 'NewReservation' });

export type ReserveInput = z.output<typeof reserveBody>;

export const commitBody = z
  .strictObject({
    quantity: quantity
      .refine((value) => !value.isNegative(), 'must not be below 0')
      .exactOptional()
      .meta({ description: 'What was used, at most what is held; default: all. The rest is given back.' }),
  })
  .optional();

export const reservationView = z
  .object({
    id: z.string().meta({ example: 'job-7f3a' }),
    metric: z.string().meta({ example: 'apiCalls' }),
    quantity: quantityValue,
    status: z.enum(['held', 'committed', 'released', 'expired']),
    used: quantityValue.nullable().meta({ description: '`null` unless it was committed.' }),
    period: z.string().meta({ description: 'The month in which it was made.', example: '2024-01' }),
    heldAt: instantValue,
    expiresAt: instantValue,
    endedAt: instantValue.nullable(),
  })
  .meta({ id: 'Reservation' });

export type ReservationView = z.output<typeof reservationView>;

/** A reservation, and how the quota stands now. */
export const reservedView = reservationView.extend(quotaView.shape).meta({
  id: 'ReservedQuota',
  description: '`held` is all that is held of the meter, also by others in the pool below.',
});

export type ReservedView = z.output<typeof reservedView>;
