import {
  type Command,
  generatePk,
  type Item,
  type JsonObject,
  tenantPk,
  VERSION_FIRST,
} from '@landlord/kernel';
import { type Subscription } from './subscription.js';
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
    dueAt: subscription.trialEndsAt,
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
