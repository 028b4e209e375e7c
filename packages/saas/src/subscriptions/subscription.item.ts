import {
  type Command,
  generatePk,
  type Item,
  type JsonObject,
  tenantPk,
  VERSION_FIRST,
} from '@landlord/kernel';
import { dueAtOf, type Subscription } from './subscription.js';
import { type SubscriptionView, subscriptionFields } from './subscription.schema.js';

export const SUBSCRIPTION_TYPE = 'SUBSCRIPTION';
export const SUBSCRIPTION_PREFIX = `${SUBSCRIPTION_TYPE}#`;
export const FIRST_SUBSCRIPTION_CODE = 'SUB-001';

export function subscriptionKey(tenantCode: string, code: string) {
  return { pk: tenantPk(tenantCode), sk: generatePk(SUBSCRIPTION_TYPE, code) };
}

export function createSubscriptionCommand(tenantCode: string, subscription: Subscription): Command {
  const { code, ...attributes } = subscription;
  return {
    kind: 'full',
    ...subscriptionKey(tenantCode, code),
    version: VERSION_FIRST,
    tenantCode,
    type: SUBSCRIPTION_TYPE,
    code,
    name: `${subscription.planCode} of ${tenantCode}`,
    attributes: attributes as unknown as JsonObject,
    dueAt: dueAtOf(subscription),
  };
}

export function subscriptionFromItem(item: Item): Subscription {
  return subscriptionFields.parse({ ...item.attributes, code: item.code }) as Subscription;
}

/** Makes the item say what `after` says where it differs from `before`; it must still be at the item's version. */
export function changeSubscriptionCommand(item: Item, before: Subscription, after: Subscription): Command {
  const changed = Object.entries(after).filter(
    ([name, value]) => value !== before[name as keyof Subscription],
  );
  return {
    kind: 'partial',
    pk: item.pk,
    sk: item.sk,
    version: item.version,
    attributes: Object.fromEntries(changed) as unknown as JsonObject,
    dueAt: dueAtOf(after),
  };
}

export function subscriptionView(item: Item): SubscriptionView {
  const { createdAt, updatedAt, version } = item;
  return {
    ...subscriptionFields.parse({ ...item.attributes, code: item.code }),
    version,
    createdAt,
    updatedAt,
  };
}
