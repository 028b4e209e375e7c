import { ERASURE_TYPE, generatePk, type Item, type ItemKey, isTenantCode, tenantPk } from '@landlord/kernel';
import { z } from 'zod';
import { ALERT_TYPE, alertKeyOf, NOTICED_TYPE, noticedKey } from '../alerts/alert.item.js';
import { ALERT_NAMES } from '../alerts/alert.js';
import { alertAttributes, noticedAttributes } from '../alerts/alert.schema.js';
import { BILLING_TYPE, billingAttributes, billingKey } from '../billing/billing-state.item.js';
import { currency, inputIssues, instant, isCurrency, localDate, month, timeZone } from '../http/index.js';
import { BILLING_EVENT_TYPE, billingEventKeyOf } from '../invoices/billing-event.item.js';
import { billingEventAttributes } from '../invoices/billing-event.schema.js';
import { CREDIT_BALANCE_TYPE, creditAttributes, creditKey } from '../invoices/credit.item.js';
import {
  counterAttributes,
  counterKey,
  INVOICE_COUNTER_TYPE,
  INVOICE_TYPE,
  invoiceKeyOf,
} from '../invoices/invoice.item.js';
import { invoiceAttributes } from '../invoices/invoice.schema.js';
import { LEDGER_TYPE, ledgerAttributes, ledgerKeyOf } from '../invoices/ledger.item.js';
import { RESERVATION_TYPE, reservationAttributes, reservationKey } from '../reservations/reservation.item.js';
import {
  SETTING_TALLY_TYPE,
  SETTING_TYPE,
  settingAttributes,
  settingKeyOf,
  tallyAttributes,
  tallyKeyOf,
} from '../settings/setting.item.js';
import { eventKeyOf, SUBSCRIPTION_EVENT_TYPE } from '../subscriptions/subscription.event.item.js';
import { subscriptionEventFields } from '../subscriptions/subscription.event.schema.js';
import { SUBSCRIPTION_TYPE, subscriptionKey } from '../subscriptions/subscription.item.js';
import { subscriptionFields, subscriptionPause } from '../subscriptions/subscription.schema.js';
import {
  CHILD_TYPE,
  CHILDREN_TYPE,
  childKey,
  childrenKey,
  GROUP_TYPE,
  groupKey,
  TENANT_TYPE,
  tenantKey,
} from '../tenants/tenant.item.js';
import { groupBody, tenantFields } from '../tenants/tenant.schema.js';
import { CORRECTION_TYPE, correctionKeyOf } from '../usage/usage.correction.item.js';
import { correctionAttributes } from '../usage/usage.correction.schema.js';
import { usageSk } from '../usage/usage.item.js';
import { USAGE_TYPE } from '../usage/usage.level.js';
import { usageAttributes } from '../usage/usage.schema.js';
import { INVITATION_TYPE, invitationKey } from '../users/invitation.item.js';
import { invitationAttributes } from '../users/invitation.schema.js';
import { memberKey, USER_TYPE } from '../users/member.item.js';
import { linkAttributes, linkKeyOf, MEMBERSHIP_TYPE } from '../users/membership.item.js';
import { ROSTER_TYPE, rosterAttributes, rosterKey } from '../users/roster.item.js';
import { memberAttributes } from '../users/user.schema.js';
import { DELIVERY_TYPE, deliveryKeyOf } from '../webhooks/delivery.item.js';
import { deliveryAttributes } from '../webhooks/delivery.schema.js';
import { endpointKey, tallyKey, WEBHOOK_TALLY_TYPE, WEBHOOK_TYPE } from '../webhooks/endpoint.item.js';
import { endpointAttributes, tallyAttributes as webhookTally } from '../webhooks/endpoint.schema.js';
import { WEBHOOK_EVENT_TYPE, webhookEventKey } from '../webhooks/event.item.js';
import { webhookEventAttributes } from '../webhooks/event.schema.js';
import { tenantPlace } from '../webhooks/place.item.js';
import { certificateView } from './portability.schema.js';

interface ItemType {
  /** Where an item must be by its code and what it says; null: nowhere. */
  readonly keyOf: (item: Item) => ItemKey | null;
  /** Its attributes. */
  readonly schema: z.ZodObject;
  /** Whether its code and name are parsed with them. */
  readonly isNamed?: boolean;
}

const signedPause = subscriptionPause.extend({ since: localDate, resumesOn: localDate.nullable() });

/** What is only shown elsewhere is used here: renewals count with it. */
const signedSubscription = subscriptionFields.extend({
  timezone: timeZone,
  // Not said by those from before there were such things.
  anchor: localDate.exactOptional(),
  paymentMethodId: subscriptionFields.shape.paymentMethodId.optional(),
  quantity: subscriptionFields.shape.quantity.exactOptional(),
  currency: currency.nullable().exactOptional(),
  frozenDays: subscriptionFields.shape.frozenDays.exactOptional(),
  pause: signedPause.nullable().exactOptional(),
  trialNotice: subscriptionFields.shape.trialNotice.optional(),
  cancelReason: subscriptionFields.shape.cancelReason.optional(),
  startDate: localDate,
  endDate: localDate.nullable(),
  currentPeriod: subscriptionFields.shape.currentPeriod.extend({ from: localDate, to: localDate }),
  trialEndsAt: instant.nullable(),
  cancelAt: instant.nullable(),
});

const lifecycleEvent = subscriptionEventFields.omit({ id: true, createdAt: true });
/** What is computed with. */
const importedInvoice = invoiceAttributes.extend({ currency, issuedAt: instant, dueDate: localDate });
const alert = alertAttributes.extend({ name: z.enum(ALERT_NAMES), period: month, occurredAt: instant });
const child = tenantFields.pick({ code: true, name: true });
const children = z.object({ count: z.int().min(0), inactive: z.int().min(0).max(1) });
const group = z.object(groupBody.shape);
const certificate = certificateView.omit({ tenantCode: true });

/** A type that is not here is not imported: a new capability says where its items are and what they hold. */
const TYPES: ReadonlyMap<string, ItemType> = new Map<string, ItemType>([
  [TENANT_TYPE, { keyOf: whereOwnCode(tenantKey), schema: tenantFields, isNamed: true }],
  [GROUP_TYPE, { keyOf: byCode(groupKey), schema: group, isNamed: true }],
  [CHILD_TYPE, { keyOf: byCode(childKey, isTenantCode), schema: child, isNamed: true }],
  [CHILDREN_TYPE, { keyOf: whereOwnCode(childrenKey), schema: children }],
  [USER_TYPE, { keyOf: byCode(memberKey), schema: memberAttributes }],
  [ROSTER_TYPE, { keyOf: whereOwnCode(rosterKey), schema: rosterAttributes }],
  [INVITATION_TYPE, { keyOf: byCode(invitationKey), schema: invitationAttributes }],
  [MEMBERSHIP_TYPE, { keyOf: linkKeyOf, schema: linkAttributes }],
  [SUBSCRIPTION_TYPE, { keyOf: byCode(subscriptionKey), schema: signedSubscription, isNamed: true }],
  [SUBSCRIPTION_EVENT_TYPE, { keyOf: eventKeyOf, schema: lifecycleEvent, isNamed: true }],
  [INVOICE_TYPE, { keyOf: invoiceKeyOf, schema: importedInvoice }],
  [INVOICE_COUNTER_TYPE, { keyOf: whereOwnCode(counterKey), schema: counterAttributes }],
  [BILLING_TYPE, { keyOf: byCode(billingKey), schema: billingAttributes }],
  [BILLING_EVENT_TYPE, { keyOf: billingEventKeyOf, schema: billingEventAttributes }],
  [CREDIT_BALANCE_TYPE, { keyOf: byCode(creditKey, isCurrency), schema: creditAttributes }],
  [LEDGER_TYPE, { keyOf: ledgerKeyOf, schema: ledgerAttributes }],
  [USAGE_TYPE, { keyOf: byCode(usageKey, isMonth), schema: usageAttributes }],
  [CORRECTION_TYPE, { keyOf: correctionKeyOf, schema: correctionAttributes }],
  [RESERVATION_TYPE, { keyOf: byCode(reservationKey), schema: reservationAttributes }],
  [ALERT_TYPE, { keyOf: alertKeyOf, schema: alert, isNamed: true }],
  [NOTICED_TYPE, { keyOf: byCode(noticedKey, isMonth), schema: noticedAttributes }],
  [SETTING_TYPE, { keyOf: settingKeyOf, schema: settingAttributes }],
  [SETTING_TALLY_TYPE, { keyOf: tallyKeyOf, schema: tallyAttributes }],
  [WEBHOOK_TYPE, { keyOf: atPlace(endpointKey), schema: endpointAttributes }],
  [WEBHOOK_TALLY_TYPE, { keyOf: whereOwnCode(webhookTallyKey), schema: webhookTally }],
  [WEBHOOK_EVENT_TYPE, { keyOf: atPlace(webhookEventKey), schema: webhookEventAttributes, isNamed: true }],
  [DELIVERY_TYPE, { keyOf: deliveryKeyOf, schema: deliveryAttributes }],
  [ERASURE_TYPE, { keyOf: byCode(certificateKey), schema: certificate }],
]);

/** Why an item is not what its type says, or null. */
export function itemTypeFlaw(item: Item): string | null {
  const type = TYPES.get(item.type);
  if (!type) return `is of the type "${item.type}", which is not known here`;
  const key = type.keyOf(item);
  if (!key || key.pk !== item.pk || key.sk !== item.sk)
    return `is not where an item of the type ${item.type} with its code belongs`;
  const { code, name, attributes } = item;
  const parsed = type.schema.safeParse(type.isNamed ? { ...attributes, code, name } : attributes);
  if (parsed.success) return null;
  const [issue] = inputIssues(parsed.error);
  return `is no item of the type ${item.type}: ${issue?.path ?? 'it'} ${issue?.message ?? 'is wrong'}`;
}

function byCode(
  keyOf: (tenantCode: string, code: string) => ItemKey,
  isCode: (code: string) => boolean = (code) => code !== '',
): ItemType['keyOf'] {
  return ({ tenantCode, code }) => (isCode(code) ? keyOf(tenantCode, code) : null);
}

/** There is one, and its code is that of the tenant. */
function whereOwnCode(keyOf: (tenantCode: string) => ItemKey): ItemType['keyOf'] {
  return ({ tenantCode, code }) => (code === tenantCode ? keyOf(tenantCode) : null);
}

function atPlace(keyOf: (place: { pk: string }, code: string) => ItemKey): ItemType['keyOf'] {
  return byCode((tenantCode, code) => keyOf(tenantPlace(tenantCode), code));
}

function webhookTallyKey(tenantCode: string): ItemKey {
  return tallyKey(tenantPlace(tenantCode));
}

function isMonth(code: string): boolean {
  return month.safeParse(code).success;
}

function usageKey(tenantCode: string, period: string): ItemKey {
  return { pk: tenantPk(tenantCode), sk: usageSk(period) };
}

function certificateKey(tenantCode: string, code: string): ItemKey {
  return { pk: tenantPk(tenantCode), sk: generatePk(ERASURE_TYPE, code) };
}
