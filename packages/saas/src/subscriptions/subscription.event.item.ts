import { type Command, type Item, type ItemKey, tenantPk, VERSION_FIRST } from '@landlord/kernel';
import { type LifecycleEvent, stateData } from './subscription.event.js';
import { type SubscriptionEventView, subscriptionEventFields } from './subscription.event.schema.js';
import { type Subscription } from './subscription.js';

export const SUBSCRIPTION_EVENT_TYPE = 'SUBSCRIPTIONEVENT';
export const SUBSCRIPTION_EVENT_PREFIX = `${SUBSCRIPTION_EVENT_TYPE}#`;

const VERSION_DIGITS = 9;

/** Go with the change that they tell of, in one unit of work. `version`: of the subscription after it. */
export function createEventCommands(
  tenantCode: string,
  { subscription, version: number }: { readonly subscription: Subscription; readonly version: number },
  events: readonly LifecycleEvent[],
): Command[] {
  const version = String(number).padStart(VERSION_DIGITS, '0');
  return events.map((event, index) => ({
    kind: 'full',
    pk: tenantPk(tenantCode),
    sk: `${SUBSCRIPTION_EVENT_PREFIX}${subscription.code}#${version}#${index}`,
    version: VERSION_FIRST,
    tenantCode,
    type: SUBSCRIPTION_EVENT_TYPE,
    code: `${subscription.code}.${number}.${index}`,
    name: event.name,
    attributes: {
      subscriptionCode: subscription.code,
      subscriptionVersion: number,
      effectiveAt: event.effectiveAt,
      data: { ...event.data, after: stateData(subscription) },
    },
  }));
}

/** `SUB-001#000000003#0`, in the order of events, of the event `SUB-001.3.0`; null for what is no such id. */
export function eventPlaceOf(id: string): string | null {
  const [, code, version = '', index] = /^(.{1,80})\.(\d{1,9})\.(\d{1,2})$/.exec(id) ?? [];
  return code ? `${code}#${version.padStart(VERSION_DIGITS, '0')}#${index}` : null;
}

/** Behind the sort keys of a subscription's events up to a version. */
export function eventsEnd(code: string, version: number): string {
  return `${SUBSCRIPTION_EVENT_PREFIX}${code}#${String(version).padStart(VERSION_DIGITS, '0')}#~`;
}

/** Where an event is, by what it says itself. */
export function eventKeyOf({ tenantCode, code, attributes }: Item): ItemKey | null {
  const { subscriptionCode, subscriptionVersion } = attributes;
  const index = /\.(\d{1,2})$/.exec(code)?.[1] ?? '';
  if (code !== `${subscriptionCode}.${subscriptionVersion}.${index}`) return null;
  const version = String(subscriptionVersion).padStart(VERSION_DIGITS, '0');
  return {
    pk: tenantPk(tenantCode),
    sk: `${SUBSCRIPTION_EVENT_PREFIX}${subscriptionCode}#${version}#${index}`,
  };
}

export function subscriptionEventView(item: Item): SubscriptionEventView {
  const { code: id, name, createdAt, attributes } = item;
  return subscriptionEventFields.parse({ ...attributes, id, name, createdAt });
}
