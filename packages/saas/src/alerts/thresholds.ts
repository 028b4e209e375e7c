import { type JsonValue } from '@landlord/kernel/pure';

/** The setting in which a vendor (common) or a tenant names thresholds of its own: `{ "apiCalls": [50, 90] }`. */
export const THRESHOLDS_SETTING = 'usage.thresholds';

const PER_METRIC_LIMIT = 10;
const METRICS_LIMIT = 200;
const PERCENT_LIMIT = 1_000;

export const NEAR_PERCENT = 80;
export const REACHED_PERCENT = 100;

/** Own thresholds by metric, in whole percent of the limit. */
export type OwnThresholds = Readonly<Record<string, readonly number[]>>;

/** Why a value names no thresholds, or null. */
export function thresholdsFlaw(value: JsonValue): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return 'must be percentages by metric, such as { "apiCalls": [50, 90] }';
  const metrics = Object.entries(value);
  if (metrics.length > METRICS_LIMIT) return `must have at most ${METRICS_LIMIT} metrics`;
  const bad = metrics.find(([, percents]) => !arePercents(percents));
  return bad
    ? `at ${bad[0]} must be a list of at most ${PER_METRIC_LIMIT} whole percentages from 1 to ${PERCENT_LIMIT}`
    : null;
}

/** What does not name thresholds names none. */
export function thresholdsFrom(value: JsonValue | undefined): OwnThresholds {
  return value !== undefined && thresholdsFlaw(value) === null ? (value as OwnThresholds) : {};
}

/** 80 and 100 hold for every meter. Ascending, each once. */
export function thresholdsOf(metric: string, own: OwnThresholds): readonly number[] {
  const named = Object.hasOwn(own, metric) ? (own[metric] ?? []) : [];
  return [...new Set([...named, NEAR_PERCENT, REACHED_PERCENT])].sort((left, right) => left - right);
}

function arePercents(value: JsonValue | undefined): boolean {
  return Array.isArray(value) && value.length <= PER_METRIC_LIMIT && value.every(isPercent);
}

function isPercent(value: JsonValue): boolean {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= PERCENT_LIMIT;
}
