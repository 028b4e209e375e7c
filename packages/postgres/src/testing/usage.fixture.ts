import { type MeterEvent, type MeterRequest } from '@landlord/kernel';
import { fingerprintOf, originOf, stepwiseRules } from '@landlord/kernel/testing';

/** Adds every event to `n` of its month's item, and to its hour. */
export const COUNTING = stepwiseRules({
  pk: (tenantCode) => `TENANT#${tenantCode}`,
  skPrefix: 'USAGE#',
  settle: (_state, { tenantCode }, fresh) => ({
    status: 'settled',
    standings: [],
    effects: fresh.map(({ metric, hour, quantity }) => ({
      metric,
      hour,
      dimensions: {},
      quantity,
      count: 1,
    })),
    commands: fresh.map(({ periodSk, quantity }) => ({
      pk: `TENANT#${tenantCode}`,
      sk: periodSk,
      increments: [{ path: ['n'], by: quantity }],
      initial: { tenantCode, type: 'USAGE', code: '', name: '', attributes: { n: 0 } },
    })),
  }),
});

/** One event for each id, recorded when it happened. */
export function usage(
  tenantCode: string,
  at: string,
  ids: readonly string[],
  overrides: Partial<MeterEvent> = {},
): MeterRequest {
  const hour = `${at.slice(0, 13)}:00:00.000Z`;
  const events = ids.map((id) => ({
    id,
    fingerprint: fingerprintOf(id),
    metric: 'n',
    periodSk: `USAGE#${at.slice(0, 7)}`,
    at,
    hour,
    quantity: '1',
    mode: 'add' as const,
    properties: {},
    readings: [],
    ...overrides,
  }));
  return {
    tenantCode,
    origin: originOf({ at }),
    events,
    carried: new Set<string>(),
    pooledWith: [],
    admission: null,
    checks: [],
  };
}

export function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
}
