import { type FeatureSwitch, type FeatureValue, switchOf } from '../settings/feature-switch.js';
import { type Setting } from '../settings/setting.js';
import { type Feature, type FeatureBase, type FeatureReason, type PlanFeature } from './feature.js';

/** A switch that is no longer understood is off. */
const OFF: FeatureSwitch = { enabled: false };

export interface FeatureInput {
  readonly name: string;
  readonly base: FeatureBase;
  /** The switches of this feature, nearest first. */
  readonly settings: readonly Setting[];
}

/**
 * The nearest switch holds. One that an operator wrote holds as it is; one of the tenant's own can turn off,
 * and on only what the nearest word of an operator, or else the plan, allows. Without a current subscription
 * every feature is off.
 */
export function decideFeature({ name, base, settings }: FeatureInput): Feature {
  if (base.kind !== 'current') return off(name, 'none', base.kind);
  const planned = planFeature(base.features, name);
  const [nearest] = settings;
  if (!nearest) return decidedByPlan(name, planned, planned?.value);
  const value = allowedValue(settings, planned);
  const { level } = nearest.owner;
  if (!understood(nearest.value).enabled) return { ...off(name, 'setting', 'turned_off'), level };
  if (nearest.byOperator) return { ...on(name, 'setting', value), level };
  return decidedByCeiling({ name, settings, planned, value });
}

/** Plans may say a feature twice; the first counts. */
export function planFeature(features: readonly PlanFeature[], name: string): PlanFeature | null {
  return features.find((feature) => feature.name === name) ?? null;
}

/** The tenant says on: whether it is, an operator or the plan says. */
function decidedByCeiling({ name, settings, planned, value }: CeilingInput): Feature {
  const { level } = settings[0]?.owner ?? {};
  const granted = settings.find(({ operatorValue }) => operatorValue !== undefined);
  const ceiling = granted ? operatorSwitch(granted) : planned;
  if (ceiling?.enabled) return { ...on(name, 'setting', value), ...(level ? { level } : {}) };
  if (granted) return { ...off(name, 'setting', 'needs_operator'), level: granted.owner.level };
  return off(name, planned ? 'plan' : 'none', 'needs_operator');
}

interface CeilingInput {
  readonly name: string;
  readonly settings: readonly Setting[];
  readonly planned: PlanFeature | null;
  readonly value: FeatureValue | undefined;
}

function decidedByPlan(name: string, planned: PlanFeature | null, value: FeatureValue | undefined): Feature {
  if (!planned) return off(name, 'none', 'not_in_plan');
  return planned.enabled ? on(name, 'plan', value) : off(name, 'plan', 'disabled_in_plan');
}

/** The nearest value that an operator gave, else the plan's: a tenant gives none. */
function allowedValue(settings: readonly Setting[], planned: PlanFeature | null): FeatureValue | undefined {
  const given = settings.map((setting) => operatorSwitch(setting)?.value);
  return given.find((value) => value !== undefined) ?? planned?.value;
}

function operatorSwitch({ operatorValue }: Setting): FeatureSwitch | null {
  return operatorValue === undefined ? null : understood(operatorValue);
}

function understood(value: Setting['value']): FeatureSwitch {
  return switchOf(value) ?? OFF;
}

function on(name: string, source: Feature['source'], value: FeatureValue | undefined): Feature {
  return { name, enabled: true, ...(value === undefined ? {} : { value }), source, reason: null };
}

function off(name: string, source: Feature['source'], reason: FeatureReason): Feature {
  return { name, enabled: false, source, reason };
}
