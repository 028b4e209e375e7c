import { type Parsed, parseInstant, parseLocalDate, parseMonth, parseTimeZone } from '@landlord/kernel';
import { z } from 'zod';

function parsedBy<T>(parse: (input: unknown) => Parsed<T>) {
  return (value: string, context: z.RefinementCtx<string>): T => {
    const parsed = parse(value);
    if (parsed.ok) return parsed.value;
    context.addIssue({ code: 'custom', message: parsed.message, input: value });
    return z.NEVER;
  };
}

/** An instant in a request, with any offset; gives UTC with milliseconds. */
export const instant = z
  .string()
  .transform(parsedBy(parseInstant))
  .meta({
    id: 'Instant',
    description: 'ISO 8601 with seconds and an offset.',
    override: { type: 'string', format: 'date-time' },
    example: '2024-01-31T10:00:00+02:00',
  });

/** An instant in an answer: UTC with milliseconds. */
export const instantValue = z.string().meta({
  id: 'InstantValue',
  description: 'ISO 8601 in UTC with milliseconds.',
  override: { type: 'string', format: 'date-time' },
  example: '2024-01-31T08:00:00.000Z',
});

/** An existing day, `YYYY-MM-DD`. */
export const localDate = z
  .string()
  .transform(parsedBy(parseLocalDate))
  .meta({
    id: 'LocalDate',
    description: "A day in the tenant's time zone.",
    override: { type: 'string', format: 'date' },
    example: '2024-01-31',
  });

/** A day in an answer. */
export const localDateValue = z.string().meta({
  id: 'LocalDateValue',
  description: "A day in the tenant's time zone, `YYYY-MM-DD`.",
  override: { type: 'string', format: 'date' },
  example: '2024-01-31',
});

/** A calendar month, `YYYY-MM`. */
export const month = z
  .string()
  .transform(parsedBy(parseMonth))
  .meta({
    id: 'Month',
    override: { type: 'string', pattern: '^[0-9]{4}-(0[1-9]|1[0-2])$' },
    example: '2024-01',
  });

/** A name of the IANA time zone database. */
export const timeZone = z
  .string()
  .max(64, 'is not a time zone')
  .transform(parsedBy(parseTimeZone))
  .meta({ id: 'TimeZone', override: { type: 'string' }, description: 'IANA name.', example: 'Asia/Tokyo' });
