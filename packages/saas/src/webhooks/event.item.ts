import {
  type Command,
  generatePk,
  type Item,
  type ItemKey,
  type JsonObject,
  VERSION_FIRST,
} from '@landlord/kernel';
import { type OWN_EVENTS, type WebhookEvent } from './event.js';
import { webhookEventAttributes } from './event.schema.js';
import { type Place } from './place.item.js';

export const WEBHOOK_EVENT_TYPE = 'WEBHOOKEVENT';

export function webhookEventKey({ pk }: Pick<Place, 'pk'>, id: string): ItemKey {
  return { pk, sk: generatePk(WEBHOOK_EVENT_TYPE, id) };
}

/** Something about webhooks themselves that is told by webhook. */
export function createWebhookEventCommand(
  place: Place,
  event: WebhookEvent & { readonly name: (typeof OWN_EVENTS)[number] },
): Command {
  const { id, name, occurredAt, data, endpointId } = event;
  return {
    kind: 'full',
    ...webhookEventKey(place, id),
    version: VERSION_FIRST,
    tenantCode: place.owner,
    type: WEBHOOK_EVENT_TYPE,
    code: id,
    name,
    attributes: { occurredAt, endpointId, data } as JsonObject,
  };
}

export function webhookEventFromItem({ code, name, attributes }: Item): WebhookEvent {
  return { ...webhookEventAttributes.parse({ ...attributes, name }), id: code };
}
