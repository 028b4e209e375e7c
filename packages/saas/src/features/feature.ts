import { type FeatureSwitch, type FeatureValue } from '../settings/feature-switch.js';
import { type SettingLevel } from '../settings/setting.js';

export interface PlanFeature extends FeatureSwitch {
  readonly name: string;
}

/** What the subscription gives that a tenant lives on: its own, or that of the ancestor that pays. */
export type FeatureBase =
  | { readonly kind: 'no_subscription' }
  | { readonly kind: 'subscription_ended' }
  | { readonly kind: 'subscription_paused' }
  | { readonly kind: 'current'; readonly tenantCode: string; readonly features: readonly PlanFeature[] };

/** Why a feature is off; null when it is on. */
export type FeatureReason =
  | 'no_subscription'
  | 'subscription_ended'
  | 'subscription_paused'
  /** Neither the plan nor an operator knows it. */
  | 'not_in_plan'
  | 'disabled_in_plan'
  /** A setting turns it off. */
  | 'turned_off'
  /** The tenant's own setting turns it on, which the plan and the operator do not. */
  | 'needs_operator';

/** `source` is what decided. */
export interface Feature {
  readonly name: string;
  readonly enabled: boolean;
  readonly value?: FeatureValue;
  readonly source: 'plan' | 'setting' | 'none';
  readonly level?: SettingLevel;
  readonly reason: FeatureReason | null;
}
