import {
  type Command,
  generatePk,
  type Item,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  sameJson,
  tenantPk,
  VERSION_FIRST,
} from '@landlord/kernel';
import { dueAtOf } from './subscription.due.js';
import { type SetAside, type Subscription } from './subscription.js';
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
    name: nameOf(subscription, tenantCode),
    attributes: attributes as unknown as JsonObject,
    dueAt: dueAtOf(subscription),
  };
}

export function subscriptionFromItem(item: Item): Subscription {
  return subscriptionFields.parse(fieldsOf(item)) as Subscription;
}

/** Makes the item say what `after` says; it must still be at its version. What was set aside is tried again. */
export function changeSubscriptionCommand(item: Item, after: Subscription): Command {
  const { code, setAside: _setAside, ...fields } = after;
  const { pk, sk, version, tenantCode, attributes } = item;
  const said = { ...(fields as unknown as JsonObject), ...(attributes.setAside ? { setAside: null } : {}) };
  const changed = Object.entries(said).filter(([name, value]) => !sameJson(value, attributes[name] ?? null));
  const change = {
    pk,
    sk,
    version,
    name: nameOf(after, tenantCode),
    dueAt: dueAtOf({ ...after, setAside: null }),
  };
  if (!changed.some(([name, value]) => isMerged(name, value, attributes)))
    return { kind: 'partial', ...change, attributes: Object.fromEntries(changed) };
  const whole = { tenantCode, type: SUBSCRIPTION_TYPE, code, attributes: { ...attributes, ...said } };
  return { kind: 'full', ...change, ...whole };
}

/** Whether a partial update would leave parts of what was there in what is said, as of one scheduled change in the next. */
function isMerged(name: string, value: JsonValue, before: JsonObject): boolean {
  return name !== 'currentPeriod' && isJsonObject(value) && isJsonObject(before[name]);
}

/** Leaves it as it is until `retryAt`. Also for an item that cannot be read. */
export function setAsideCommand({ pk, sk, version }: Item, setAside: SetAside): Command {
  return {
    kind: 'partial',
    pk,
    sk,
    version,
    attributes: { setAside: { ...setAside } },
    dueAt: setAside.retryAt,
  };
}

export function failuresOf({ attributes }: Item): number {
  const { setAside } = attributes;
  const failures = isJsonObject(setAside) ? setAside.failures : 0;
  return typeof failures === 'number' ? failures : 0;
}

export function subscriptionView(item: Item): SubscriptionView {
  const { createdAt, updatedAt, version } = item;
  return { ...subscriptionFields.parse(fieldsOf(item)), version, createdAt, updatedAt };
}

/** What is kept, with what an item from before some of it was known means by leaving it out. */
function fieldsOf({ attributes, code }: Item) {
  const { scheduledChange } = attributes;
  return {
    anchor: attributes.startDate,
    paymentMethodId: null,
    trialNotice: null,
    cancelReason: null,
    quantity: 1,
    currency: null,
    frozenDays: 0,
    pause: null,
    ...attributes,
    ...(isPlanChange(scheduledChange) ? { scheduledChange: { quantity: 1, ...scheduledChange } } : {}),
    code,
  };
}

function isPlanChange(change: JsonValue | undefined): change is JsonObject {
  return isJsonObject(change) && change.kind === 'plan';
}

function nameOf({ planCode }: Subscription, tenantCode: string): string {
  return `${planCode} of ${tenantCode}`;
}
