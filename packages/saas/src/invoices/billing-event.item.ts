import {
  type Command,
  type Instant,
  type Item,
  type ItemKey,
  tenantPk,
  VERSION_FIRST,
} from '@landlord/kernel';
import { eventPlaceOf } from '../subscriptions/subscription.event.item.js';
import { type BillingEventView, billingEventAttributes } from './billing-event.schema.js';

export const BILLING_EVENT_TYPE = 'BILLINGEVENT';
export const BILLING_EVENT_PREFIX = `${BILLING_EVENT_TYPE}#`;

export type BillingEventName = 'lines.waiting' | 'invoice.opened' | 'invoice.paid' | 'invoice.voided';

export interface BillingEvent {
  readonly name: BillingEventName;
  readonly at: Instant;
  readonly subscriptionCode: string;
  readonly cause: { readonly eventId: string; readonly event: string };
  readonly invoiceNumber: string | null;
  readonly currency: string;
  readonly amount: number;
  readonly creditChange: number;
}

/** In the order of time, and of events where time stands still. */
export function billingEventKeyOf({
  tenantCode,
  name,
  attributes,
}: Pick<Item, 'tenantCode' | 'name' | 'attributes'>): ItemKey | null {
  const { data } = billingEventAttributes.safeParse(attributes);
  const place = data ? eventPlaceOf(data.cause.eventId) : null;
  return data && place !== null
    ? { pk: tenantPk(tenantCode), sk: `${BILLING_EVENT_PREFIX}${data.at}#${place}#${name}` }
    : null;
}

export function billingEventCommand(tenantCode: string, { name, cause, ...event }: BillingEvent): Command {
  const attributes = { ...event, cause: { ...cause } };
  const key = billingEventKeyOf({ tenantCode, name, attributes });
  if (!key) throw new Error(`${cause.eventId} is no id of an event`);
  return {
    kind: 'full',
    ...key,
    version: VERSION_FIRST,
    tenantCode,
    type: BILLING_EVENT_TYPE,
    code: `${cause.eventId}.${name}`,
    name,
    attributes,
  };
}

export function billingEventView(item: Item): BillingEventView {
  const { code: id, name, createdBy: userId, requestId, source } = item;
  const { cause, ...attributes } = billingEventAttributes.parse(item.attributes);
  return { id, name, ...attributes, cause: { ...cause, userId, requestId, source } };
}
