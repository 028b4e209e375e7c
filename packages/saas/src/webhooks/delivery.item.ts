import {
  type Command,
  generatePk,
  type Instant,
  type Item,
  type ItemKey,
  isJsonObject,
  type JsonObject,
  VERSION_FIRST,
} from '@landlord/kernel';
import { type Delivery, type DeliveryStep, deliveryIdPrefix } from './delivery.js';
import { type DeliveryView, type DeliveryWithAttemptsView, deliveryAttributes } from './delivery.schema.js';
import { type Place } from './place.item.js';

export const DELIVERY_TYPE = 'WEBHOOKDELIVERY';
export const DELIVERY_PREFIX = `${DELIVERY_TYPE}#`;
/** Behind all ids in the order of bytes. */
const AFTER_IDS = '~';

export function deliveryKey({ pk }: Pick<Place, 'pk'>, id: string): ItemKey {
  return { pk, sk: generatePk(DELIVERY_TYPE, id) };
}

/** Where a delivery must be by what it says; null for one of somebody else's event. */
export function deliveryKeyOf({ pk, code, attributes }: Item): ItemKey | null {
  const { source } = attributes;
  return isJsonObject(source) && source.pk === pk ? deliveryKey({ pk }, code) : null;
}

/** Those of events that were recorded since. */
export function deliveriesSince(since: Instant): { readonly between: readonly [string, string] } {
  return { between: [`${DELIVERY_PREFIX}${deliveryIdPrefix(since)}`, `${DELIVERY_PREFIX}${AFTER_IDS}`] };
}

export type NewDelivery = Pick<
  Delivery,
  'id' | 'endpointId' | 'eventId' | 'eventName' | 'occurredAt' | 'tenantCode' | 'source'
>;

export function createDeliveryCommand(place: Place, given: NewDelivery, dueAt: Instant): Command {
  const { id, ...what } = given;
  const attributes: Omit<Delivery, 'id'> = {
    ...what,
    status: 'pending',
    failures: 0,
    attemptCount: 0,
    attempts: [],
    leaseUntil: null,
  };
  return {
    kind: 'full',
    ...deliveryKey(place, id),
    version: VERSION_FIRST,
    tenantCode: place.owner,
    type: DELIVERY_TYPE,
    code: id,
    name: `${given.eventName} to ${given.endpointId}`,
    attributes: attributes as unknown as JsonObject,
    dueAt,
  };
}

/** Whoever gets this through has it in hand; `leaseUntil` is of the machine's time. */
export function claimDeliveryCommand({ pk, sk, version }: Item, leaseUntil: string): Command {
  return { kind: 'partial', pk, sk, version, attributes: { leaseUntil } };
}

/** `ifMatch`: the version that it must have; null is the one read. */
export function moveDeliveryCommand(
  { pk, sk, version }: Item,
  { dueAt, ...step }: DeliveryStep,
  ifMatch: number | null = null,
): Command {
  const attributes = step as unknown as JsonObject;
  return { kind: 'partial', pk, sk, version: ifMatch ?? version, attributes, dueAt };
}

export function forgetDeliveryCommand({ pk, sk, version }: Item): Command {
  return { kind: 'partial', pk, sk, version, attributes: { attempts: [] }, isDeleted: true, dueAt: null };
}

export function deliveryFromItem({ code, attributes }: Item): Delivery {
  return { ...deliveryAttributes.parse(attributes), id: code };
}

export function deliveryView(item: Item): DeliveryView {
  const { id, endpointId, eventId, eventName, occurredAt, tenantCode, status, attemptCount, attempts } =
    deliveryFromItem(item);
  const { version, createdAt, updatedAt, dueAt } = item;
  return {
    ...{ id, endpointId, eventId, eventName, occurredAt, tenantCode, status, attemptCount },
    lastError: attempts.at(-1)?.error ?? null,
    nextAttemptAt: status === 'pending' ? dueAt : null,
    ...{ version, createdAt, updatedAt },
  };
}

export function deliveryWithAttemptsView(item: Item): DeliveryWithAttemptsView {
  return { ...deliveryView(item), attempts: [...deliveryFromItem(item).attempts] };
}
