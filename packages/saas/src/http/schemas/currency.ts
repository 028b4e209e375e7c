import { currencyOf, parseCurrency } from '@landlord/kernel';
import { z } from 'zod';

export const CURRENCY_MESSAGE = 'is not a currency of ISO 4217, such as "USD"';

export const isCurrency = (value: string) => parseCurrency(value).ok;

export const currency = z
  .string()
  .refine(isCurrency, { message: CURRENCY_MESSAGE, abort: true })
  .transform(currencyOf)
  .meta({ override: { type: 'string', pattern: '^[A-Z]{3}$' }, example: 'USD' });

/** In an answer. */
export const currencyValue = z
  .string()
  .meta({ override: { type: 'string', pattern: '^[A-Z]{3}$' }, example: 'USD' });
