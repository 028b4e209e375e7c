import {
  idempotencyMismatch,
  invalidInput,
  LandlordError,
  type MeterAccepted,
  type MeterOutcome,
  type MeterStanding,
  Quantity,
  refusalError,
} from '@landlord/kernel';
import { checkQuota, type QuotaCheckResult } from './quota.js';
import { quotaExceeded } from './quota.refusal.js';
import { quantityPath } from './usage-event.js';
import { type UsageEventInput } from './usage-event.schema.js';

export function quotaFrom({ metric, current, held, limit }: MeterStanding): QuotaCheckResult {
  return checkQuota(metric, Quantity.of(current), {
    held: Quantity.of(held),
    limit: limit === null ? null : Quantity.of(limit),
  });
}

/** The answer to a request that was taken; any other outcome as the error the caller sees. */
export function acceptedFrom<T>(
  outcome: MeterOutcome,
  {
    inputs,
    respond,
    pathOf,
  }: {
    inputs: readonly UsageEventInput[];
    respond: (accepted: MeterAccepted) => T;
    /** Where the event of an index stands in the request, with a dot at the end if it is not the whole. */
    pathOf: (index: number) => string;
  },
): T {
  switch (outcome.status) {
    case 'accepted':
      return respond(outcome);
    case 'replayed':
      return outcome.result as unknown as T;
    case 'idempotency_mismatch':
      throw idempotencyMismatch();
    case 'duplicate_event':
      throw duplicateEvent(`${pathOf(outcome.index)}id`, outcome.id);
    case 'not_admitted':
      throw quotaExceeded(quotaFrom(outcome.standing));
    case 'refused':
      throw invalidInput(`${pathOf(outcome.index)}${quantityPath(inputs[outcome.index])}`, outcome.message);
    case 'failed':
      throw refusalError(outcome.refusal);
    case 'stale':
      throw new Error('a stale request is read anew');
  }
}

function duplicateEvent(path: string, id: string): LandlordError {
  const message = `the id "${id}" was used for an event with another payload; nothing of the request was taken`;
  return new LandlordError('duplicate_event', `${path}: ${message}`, { errors: [{ path, message }] });
}
