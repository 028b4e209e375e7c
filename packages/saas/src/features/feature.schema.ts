import { z } from 'zod';
import { pageQuery, text } from '../http/index.js';
import { SETTING_LEVELS } from '../settings/setting.js';
import { explain } from '../settings/setting.schema.js';

const FEATURE_NAME_LENGTH_LIMIT = 512;

/** Any text: a check for a feature that nobody knows is answered, not refused. */
export const featureName = text({ max: FEATURE_NAME_LENGTH_LIMIT }).meta({ example: 'sso' });

export const featureQuery = z.strictObject({ explain });
export const featuresQuery = pageQuery.extend({ explain });

const level = z.enum(SETTING_LEVELS);
const value = z.union([z.string(), z.number(), z.boolean()]);

const explanation = z.object({
  plan: z
    .object({
      tenantCode: z.string().meta({ description: "Whose subscription it is: its own or an ancestor's." }),
      enabled: z.boolean(),
      value: value.exactOptional(),
    })
    .nullable()
    .meta({ description: 'What the plan says; null when it does not know the feature.' }),
  settings: z
    .array(
      z.object({
        level,
        source: z.string().meta({ example: 'acme-corp' }),
        version: z.int(),
        value: z.unknown().meta({ override: { description: 'As set.' } }),
        byOperator: z.boolean(),
      }),
    )
    .meta({ description: 'Every setting `feature.<name>` that is said, nearest first.' }),
});

export const featureView = z
  .object({
    name: z.string().meta({ example: 'sso' }),
    enabled: z.boolean(),
    value: value.exactOptional().meta({ description: 'Only when enabled.' }),
    source: z.enum(['plan', 'setting', 'none']).meta({ description: 'What decided.' }),
    level: level.exactOptional().meta({ description: 'Of the setting that decided.' }),
    reason: z
      .enum([
        'no_subscription',
        'subscription_ended',
        'subscription_paused',
        'not_in_plan',
        'disabled_in_plan',
        'turned_off',
        'needs_operator',
      ])
      .nullable()
      .meta({ description: 'Why it is off; null when it is on.', example: null }),
    explain: explanation.exactOptional(),
  })
  .meta({ id: 'Feature' });
export type FeatureView = z.output<typeof featureView>;
