import { LandlordError } from '@landlord/kernel';

/** The token may be good, but nobody can say so now: 503, not 401, so that clients keep it and try again. */
export function issuerUnavailable(retryAfterSeconds: number, cause?: unknown): LandlordError {
  return new LandlordError(
    'unavailable',
    'the issuer of the token cannot be reached at the moment; try again',
    {
      retryAfterSeconds: Math.max(1, retryAfterSeconds),
      cause,
    },
  );
}
