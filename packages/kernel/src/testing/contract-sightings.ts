import { describe, expect, it } from 'vitest';
import { type MeterEvent, type MeterSighting } from '../core/meter.js';
import { SYSTEM_SCOPE } from '../core/store.js';
import { meterRequest, usageEvent } from './contract-meter.js';
import { stepwiseRules } from './stepwise-rules.js';
import { type GetStores } from './store-contract.js';

const CARRIED = new Set(['ever']);

/** Counts each value once: `monthly` in the month of its event, `ever` in the first month that has it. */
const RULES = stepwiseRules({
  pk: (tenantCode) => `TENANT#${tenantCode}`,
  skPrefix: 'USAGE#',
  settle: ({ sightings }, { tenantCode, carried }, fresh) => {
    const found: MeterSighting[] = [];
    for (const { periodSk, readings } of fresh) {
      for (const { metric, value = '' } of readings) {
        const isSeen = [...sightings, ...found].some(
          (each) =>
            each.tenantCode === tenantCode &&
            each.metric === metric &&
            each.value === value &&
            (carried.has(metric) ? each.periodSk <= periodSk : each.periodSk === periodSk),
        );
        if (!isSeen) found.push({ tenantCode, metric, value, periodSk });
      }
    }
    const commands = found.map(({ metric, periodSk }) => ({
      pk: `TENANT#${tenantCode}`,
      sk: periodSk,
      increments: [{ path: [metric], by: '1' }],
      initial: { tenantCode, type: 'USAGE', code: periodSk.slice(6), name: '', attributes: {} },
    }));
    return { status: 'settled', commands, sightings: found, standings: [] };
  },
});

function seen(id: string, metric: string, value: string, month = '2024-01'): MeterEvent {
  const readings = [{ metric, mode: 'unique' as const, quantity: '1', value, dimensions: {} }];
  return usageEvent(id, { periodSk: `USAGE#${month}`, readings });
}

export function describeSightings(get: GetStores): void {
  describe('values that are counted once', () => {
    const read = async (tenant: string, month = '2024-01') =>
      (await get().store.get(SYSTEM_SCOPE, { pk: `TENANT#${tenant}`, sk: `USAGE#${month}` }))?.attributes;
    const meter = (tenant: string, ...events: MeterEvent[]) =>
      get().store.meter([meterRequest(tenant, events, { carried: CARRIED })], RULES);

    it('are known within a request, a batch, and ever after, each tenant for itself', async () => {
      const of = (tenant: string, ...events: MeterEvent[]) =>
        meterRequest(tenant, events, { carried: CARRIED });
      await get().store.meter(
        [
          of('see-1', seen('1', 'monthly', 'ada'), seen('2', 'monthly', 'ada'), seen('3', 'monthly', 'bob')),
          of('see-1', seen('4', 'monthly', 'ada')),
          of('see-2', seen('1', 'monthly', 'ada')),
        ],
        RULES,
      );
      await meter('see-1', seen('5', 'monthly', 'bob'), seen('6', 'monthly', 'cy'));
      expect(await read('see-1')).toEqual({ monthly: 3 });
      expect(await read('see-2')).toEqual({ monthly: 1 });
    });

    it('are told by period, and where carried from whenever they were', async () => {
      const both = (id: string, month: string) => [
        seen(`m${id}`, 'monthly', 'ada', month),
        seen(`e${id}`, 'ever', 'ada', month),
      ];
      await meter('see-3', ...both('1', '2024-02'));
      await meter('see-3', ...both('2', '2024-03'));
      await meter('see-3', ...both('3', '2024-01'));
      await meter('see-3', ...both('4', '2024-01'));
      expect(await read('see-3', '2024-02')).toEqual({ monthly: 1, ever: 1 });
      expect(await read('see-3', '2024-03')).toEqual({ monthly: 1 });
      // Earlier than what was the first until then.
      expect(await read('see-3')).toEqual({ monthly: 1, ever: 1 });
    });

    it('are counted once when many requests bring them at the same moment, from two processes', async () => {
      const { store, peer } = get();
      const outcomes = await Promise.all(
        Array.from({ length: 60 }, (_, index) =>
          (index % 2 === 0 ? store : peer).meter(
            [
              meterRequest(
                'see-4',
                [seen(`a${index}`, 'monthly', `v${index % 12}`), seen(`b${index}`, 'ever', `v${index % 7}`)],
                { carried: CARRIED },
              ),
            ],
            RULES,
          ),
        ),
      );
      expect(outcomes.flat().every(({ status }) => status === 'accepted')).toBe(true);
      expect(await read('see-4')).toEqual({ monthly: 12, ever: 7 });
    });

    it('are forgotten with their period, but not what counts ever', async () => {
      await meter('see-5', seen('1', 'monthly', 'ada', '2020-01'), seen('2', 'ever', 'ada', '2020-01'));
      await meter('see-5', seen('3', 'monthly', 'bob', '2020-02'));
      expect(await get().store.forgetSightings('USAGE#2020-01', 10)).toBe(0);
      expect(await get().store.forgetSightings('USAGE#2020-02', 10)).toBe(1);
      await meter('see-5', seen('4', 'monthly', 'ada', '2020-01'), seen('5', 'ever', 'ada', '2020-01'));
      await meter('see-5', seen('6', 'monthly', 'bob', '2020-02'));
      expect(await read('see-5', '2020-01')).toEqual({ monthly: 2, ever: 1 });
      expect(await read('see-5', '2020-02')).toEqual({ monthly: 1 });
      expect(await get().store.forgetSightings('USAGE#2020-03', 1)).toBe(1);
    });
  });
}
