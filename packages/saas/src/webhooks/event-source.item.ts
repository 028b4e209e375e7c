import { COMMON_TENANT_CODE, type Item } from '@landlord/kernel';
import { SUBSCRIPTION_EVENT_TYPE, subscriptionEventView } from '../subscriptions/subscription.event.item.js';
import { LIFECYCLE_EVENTS } from '../subscriptions/subscription.event.js';
import { eventIdOf } from './delivery.js';
import { WEBHOOK_EVENT_TYPE, webhookEventFromItem } from './event.item.js';
import { OWN_EVENTS, type WebhookEvent } from './event.js';

/** A type of item each of which tells one event, and is never changed. */
export interface EventSource {
  readonly type: string;
  /** Of all events that it may tell. */
  readonly names: readonly string[];
  readonly read: (item: Item) => WebhookEvent;
}

/** All that webhooks tell of. An event of another capability is one more entry here. */
export const EVENT_SOURCES: readonly EventSource[] = [
  { type: SUBSCRIPTION_EVENT_TYPE, names: LIFECYCLE_EVENTS, read: subscriptionEvent },
  { type: WEBHOOK_EVENT_TYPE, names: OWN_EVENTS, read: webhookEventFromItem },
];

export const EVENT_NAMES: readonly string[] = EVENT_SOURCES.flatMap(({ names }) => names);

/** An event together with what names it everywhere. */
export interface ToldEvent {
  readonly event: WebhookEvent;
  /** `webhook-id`. */
  readonly eventId: string;
  /** Whose it is; null for the vendor's own. */
  readonly tenantCode: string | null;
}

/** Throws for an item of a type that tells no events. */
export function toldEvent(item: Item): ToldEvent {
  const { type, tenantCode } = item;
  const source = EVENT_SOURCES.find((each) => each.type === type);
  if (!source) throw new Error(`items of the type ${type} tell no events`);
  const event = source.read(item);
  return {
    event,
    eventId: eventIdOf({ tenantCode, type, id: event.id }),
    tenantCode: tenantCode === COMMON_TENANT_CODE ? null : tenantCode,
  };
}

function subscriptionEvent(item: Item): WebhookEvent {
  const { id, name, effectiveAt, createdAt, ...data } = subscriptionEventView(item);
  return { id, name, occurredAt: effectiveAt, data: { ...data, effectiveAt, createdAt }, endpointId: null };
}
