import { type Command, type Item, type ItemKey, tenantPk, VERSION_FIRST } from '@landlord/kernel';
import { isJsonObject, quantityToJson } from '@landlord/kernel/pure';
import { type Alert, type Crossing } from './alert.js';
import { type AlertView, alertView } from './alert.schema.js';

/** An alert, for the feed and for lists: keyed by time. */
export const ALERT_TYPE = 'USAGEEVENT';
export const ALERT_PREFIX = `${ALERT_TYPE}#`;
/** Which thresholds of a month were noticed: decides who was first. */
export const NOTICED_TYPE = 'USAGENOTICED';

const PERCENT_DIGITS = 4;

export function noticedKey(tenantCode: string, period: string): ItemKey {
  return { pk: tenantPk(tenantCode), sk: `${NOTICED_TYPE}#${period}` };
}

export function isNoticed(item: Item | null, { metric, percent }: Crossing): boolean {
  const noticed = item?.attributes.noticed;
  const ofMetric = isJsonObject(noticed) && Object.hasOwn(noticed, metric) ? noticed[metric] : undefined;
  return isJsonObject(ofMetric) && Object.hasOwn(ofMetric, String(percent));
}

/** The alerts, and that they were raised: at the version of `item`, so that only one process raises them. */
export function alertCommands(
  tenantCode: string,
  item: Item | null,
  alerts: readonly [Alert, ...Alert[]],
): Command[] {
  return [
    noticedCommand(tenantCode, item, alerts),
    ...alerts.map((alert) => alertCommand(tenantCode, alert)),
  ];
}

export function alertKeyOf({ tenantCode, code, attributes }: Item): ItemKey | null {
  const { metric, percent, period, occurredAt } = attributes;
  if (code !== `${period}.${metric}.${percent}`) return null;
  return { pk: tenantPk(tenantCode), sk: alertSk(String(occurredAt), String(metric), Number(percent)) };
}

export function alertViewOf({ code: id, name, attributes }: Item): AlertView {
  return alertView.parse({ ...attributes, id, name });
}

function alertCommand(tenantCode: string, alert: Alert): Command {
  const { name, period, metric, percent, occurredAt, current, limit } = alert;
  return {
    kind: 'full',
    pk: tenantPk(tenantCode),
    sk: alertSk(occurredAt, metric, percent),
    version: VERSION_FIRST,
    tenantCode,
    type: ALERT_TYPE,
    code: `${period}.${metric}.${percent}`,
    name,
    attributes: {
      metric,
      percent,
      period,
      occurredAt,
      current: quantityToJson(current),
      limit: quantityToJson(limit),
    },
  };
}

function noticedCommand(
  tenantCode: string,
  item: Item | null,
  alerts: readonly [Alert, ...Alert[]],
): Command {
  const noticed: Record<string, Record<string, string>> = {};
  for (const { metric, percent, occurredAt } of alerts)
    noticed[metric] = { ...noticed[metric], [percent]: occurredAt };
  const { period } = alerts[0];
  const key = noticedKey(tenantCode, period);
  if (item) return { kind: 'partial', ...key, version: item.version, attributes: { noticed } };
  const base = { tenantCode, type: NOTICED_TYPE, code: period, name: `thresholds of ${period}` };
  return { kind: 'full', ...key, version: VERSION_FIRST, ...base, attributes: { noticed } };
}

function alertSk(occurredAt: string, metric: string, percent: number): string {
  return `${ALERT_PREFIX}${occurredAt}#${metric}#${String(percent).padStart(PERCENT_DIGITS, '0')}`;
}
