import { type InputIssue, type Instant, type Quantity } from '@landlord/kernel/pure';
import { type QuotaCheckResult } from '../usage/quota.js';

/** What of a meter a piece of work takes. */
export interface ConsumptionRequest {
  readonly metric: string;
  readonly quantity: Quantity;
  /** Names the work: whoever repeats it under the same name takes nothing more. */
  readonly id: string;
}

/** What was taken for one attempt at the work. */
export interface Consumption extends ConsumptionRequest {
  readonly attempt: number;
  readonly at: Instant;
  /** False when an earlier attempt took it whose end is not known: it may have done the work, so it is not given back. */
  readonly isOwn: boolean;
  readonly quota: QuotaCheckResult;
}

interface ConsumptionEvent {
  readonly id: string;
  readonly metric: string;
  readonly quantity: Quantity;
}

const PREFIX = 'landlord:';
const ID_LENGTH_LIMIT = 200;

/** Why the request cannot be taken, or null. */
export function consumptionFlaw({ quantity, id }: ConsumptionRequest): InputIssue | null {
  if (quantity.isNegative() || quantity.isZero())
    return { path: 'quantity', message: 'must be above 0: what is given back is not consumed' };
  if (id.length === 0 || id.length > ID_LENGTH_LIMIT)
    return { path: 'id', message: `must have 1 to ${ID_LENGTH_LIMIT} characters` };
  return null;
}

function takenEvent({ metric, quantity, id }: ConsumptionRequest, attempt: number): ConsumptionEvent {
  return { id: `${PREFIX}consumed:${metric}:${id}:${attempt}`, metric, quantity };
}

/** Takes back what `takenEvent` of the attempt took, once. */
export function returnedEvent(
  { metric, quantity, id }: ConsumptionRequest,
  attempt: number,
): ConsumptionEvent {
  return { id: `${PREFIX}returned:${metric}:${id}:${attempt}`, metric, quantity: quantity.negate() };
}

/**
 * What an attempt counts. A later one also gives back the attempt before, which counts for nothing where that was given
 * back already: either way exactly one of them is counted then.
 */
export function attemptEvents(request: ConsumptionRequest, attempt: number): readonly ConsumptionEvent[] {
  const taken = takenEvent(request, attempt);
  return attempt === 1 ? [taken] : [returnedEvent(request, attempt - 1), taken];
}
