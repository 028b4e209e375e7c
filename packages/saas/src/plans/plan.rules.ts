import { type InputIssue, isJsonObject, parseQuantity, type Quantity, sameJson } from '@landlord/kernel/pure';
import { BUILT_IN_METERS, METRICS } from '../usage/meter.js';
import { type Plan } from './plan.js';

/** What an operator says of a plan: without `isActive` a new plan is offered, and a new version is as the one before. */
export type PlanInput = Omit<Plan, 'version' | 'isActive'> & { readonly isActive?: boolean };

/** Own meters a plan may limit. */
export const OWN_METERS_LIMIT = 50;
const METER_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/;

const LIMIT_NAMES: ReadonlySet<string> = new Set(BUILT_IN_METERS.map(({ limitName }) => limitName));

export function firstVersion({ isActive = true, ...input }: PlanInput): Plan {
  return { ...input, version: 1, isActive };
}

/** The version after `newest`; null when it would say the same. */
export function nextVersion(newest: Plan, input: Omit<PlanInput, 'code'>): Plan | null {
  const { isActive = newest.isActive, ...content } = input;
  const next: Plan = { ...content, code: newest.code, version: newest.version + 1, isActive };
  return sameJson(asJson(next), asJson({ ...newest, version: next.version })) ? null : next;
}

/**
 * What the parts of a plan say against each other. It looks at names and order only, so it can be asked
 * though some part is not even of the right shape.
 */
export function planFlaws(plan: Readonly<Record<string, unknown>>): InputIssue[] {
  return [
    ...duplicateFeatures(plan.features),
    ...limitFlaws(plan.limits),
    ...unknownMetrics('enforcement', plan),
    ...unknownMetrics('overage', plan),
    ...repeatedCurrency(plan),
  ];
}

/** Tiers must go up, and only the last may be open. `tiers` as sent: what is no quantity is passed over. */
export function tierFlaws(tiers: readonly unknown[]): InputIssue[] {
  const edges = tiers.map((tier) => (isJsonObject(tier) ? tier.upTo : undefined));
  return edges.flatMap((edge, index) => {
    const flaw = edgeFlaw(edge, edges.slice(0, index).map(quantityOf), index === edges.length - 1);
    return flaw === null ? [] : [{ path: `${index}.upTo`, message: flaw }];
  });
}

function edgeFlaw(edge: unknown, before: readonly (Quantity | null)[], isLast: boolean): string | null {
  if (isLast) return edge === null ? null : 'must be null: the last tier has no end';
  if (edge === null) return 'must be a quantity: only the last tier has no end';
  const upTo = quantityOf(edge);
  const previous = before.findLast((quantity) => quantity !== null) ?? null;
  if (!upTo || !previous || upTo.compare(previous) > 0) return null;
  return `must be more than ${previous.toString()}, where the tier before ends`;
}

function quantityOf(value: unknown): Quantity | null {
  const parsed = parseQuantity(value);
  return parsed.ok ? parsed.value : null;
}

function duplicateFeatures(features: unknown): InputIssue[] {
  if (!Array.isArray(features)) return [];
  const places = new Map<string, number>();
  return features.flatMap((feature: unknown, index) => {
    const name = isJsonObject(feature) ? feature.name : undefined;
    if (typeof name !== 'string') return [];
    const first = places.get(name);
    if (first === undefined) places.set(name, index);
    return first === undefined
      ? []
      : [{ path: `features.${index}.name`, message: `is named by features.${first} already` }];
  });
}

function limitFlaws(limits: unknown): InputIssue[] {
  const own = ownMeters(limits);
  const named = own.flatMap((name) => {
    const flaw = meterNameFlaw(name);
    return flaw === null ? [] : [{ path: `limits.${name}`, message: flaw }];
  });
  if (own.length <= OWN_METERS_LIMIT) return named;
  return [
    { path: 'limits', message: `must limit at most ${OWN_METERS_LIMIT} meters of your own` },
    ...named,
  ].slice(0, OWN_METERS_LIMIT);
}

function meterNameFlaw(name: string): string | null {
  const builtIn = BUILT_IN_METERS.find(({ metric }) => metric === name);
  if (builtIn) return `is limited by ${builtIn.limitName}`;
  return METER_NAME.test(name) ? null : 'must be a meter: 1 to 64 letters, digits, or inner . _ -';
}

function unknownMetrics(part: 'enforcement' | 'overage', plan: Readonly<Record<string, unknown>>) {
  const known = new Set([...METRICS, ...ownMeters(plan.limits)]);
  return namesOf(plan[part])
    .filter((metric) => !known.has(metric))
    .map((metric) => ({
      path: `${part}.${metric}`,
      message: `is no metric of this plan: ${METRICS.join(', ')}, or a meter that limits names (null is unlimited)`,
    }));
}

function repeatedCurrency({ currency, prices }: Readonly<Record<string, unknown>>): InputIssue[] {
  if (typeof currency !== 'string' || !namesOf(prices).includes(currency)) return [];
  const message = "is the plan's main currency; its prices are monthlyPrice and yearlyPrice";
  return [{ path: `prices.${currency}`, message }];
}

function ownMeters(limits: unknown): string[] {
  return namesOf(limits).filter((name) => !LIMIT_NAMES.has(name));
}

function namesOf(value: unknown): string[] {
  return isJsonObject(value) ? Object.keys(value) : [];
}

function asJson(plan: Plan) {
  return plan as unknown as Parameters<typeof sameJson>[0];
}
