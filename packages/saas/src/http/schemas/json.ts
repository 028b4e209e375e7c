import { type JsonObject, jsonFlaw } from '@landlord/kernel';
import { z } from 'zod';

const override = { type: 'object' } as const;

/** Any JSON object that every store keeps exactly. */
export const jsonObject = z
  .record(z.string(), z.unknown())
  .transform((value, context): JsonObject => {
    const flaw = jsonFlaw(value);
    if (flaw === null) return value as JsonObject;
    context.addIssue({ code: 'custom', path: flaw.path.split('.'), message: flaw.message, input: value });
    return z.NEVER;
  })
  .meta({ override, example: {} });

/** One in an answer, as stored. */
export const jsonObjectValue = z.custom<JsonObject>(() => true).meta({ override, example: {} });
