import { z } from 'zod';
import { integer, tenantCode, text } from '../http/index.js';

export const TENANT_CODES_LIMIT = 1_000;

const version = integer({ min: 1, max: 99_999 });

export const migrationBody = z
  .strictObject({
    toVersion: version.exactOptional().meta({ description: 'Default: the newest.', example: 2 }),
    fromVersions: z
      .array(version)
      .min(1, 'must name at least 1 version')
      .max(100, 'must name at most 100 versions')
      .exactOptional()
      .meta({ description: 'Only those that signed one of these. Default: any older one.', example: [1] }),
    tenantCodes: z
      .array(tenantCode)
      .min(1, 'must name at least 1 tenant')
      .max(TENANT_CODES_LIMIT, `must name at most ${TENANT_CODES_LIMIT} tenants`)
      .exactOptional(),
    everyone: z.literal(true).exactOptional().meta({ description: 'Instead of `tenantCodes`.' }),
    when: z.enum(['now', 'renewal']),
    dryRun: z.boolean().default(false).meta({ description: 'Only tell what would be done.' }),
    cursor: text({ max: 4096 })
      .exactOptional()
      .meta({ description: '`nextCursor` of the call before, everything else as it was.' }),
  })
  .superRefine(({ tenantCodes, everyone }, context) => {
    if ((tenantCodes === undefined) === (everyone === undefined))
      context.addIssue({
        code: 'custom',
        path: ['tenantCodes'],
        message: 'name the tenants, or send "everyone": true instead; one of the two',
      });
  });

export const migrationView = z
  .object({
    planCode: z.string(),
    toVersion: z.int(),
    dryRun: z.boolean(),
    matched: z.int().meta({ description: 'Subscriptions of this call that the migration moves.' }),
    migrated: z.int().meta({ description: 'Of these, moved now.' }),
    scheduled: z.int().meta({ description: 'Of these, to be moved when they renew.' }),
    skipped: z.array(
      z.object({
        tenantCode: z.string(),
        reason: z.enum([
          'no_subscription',
          'ended',
          'other_plan',
          'not_from_version',
          'already_there',
          'already_scheduled',
        ]),
      }),
    ),
    nextCursor: z
      .string()
      .nullable()
      .meta({ description: 'Send the request again with it as `cursor`; null when all are done.' }),
  })
  .meta({ id: 'PlanMigration' });

export type MigrationRequest = z.output<typeof migrationBody>;
export type MigrationView = z.output<typeof migrationView>;
