import { type MeterHold } from '@landlord/kernel';
import { Quantity } from '@landlord/kernel/pure';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { carriedLevel, type Level, levelOfItem } from './usage.level.js';
import { heldOf, totalOf, usedOf } from './usage.months.js';
import { CARRIED, UsageModel, type UsePlace } from './usage.rules.fixture.js';

const AT = '2024-01-09T12:00:00.000Z';
const PERIOD = 'USAGE#2024-01';
const KINDS = ['apiCalls', 'total', 'level', 'peak', 'record', 'visitors', 'people', 'price'] as const;
type Metric = (typeof KINDS)[number];
const HELD = ['apiCalls', 'level'] as const;

interface Asked {
  readonly tenant: 'a' | 'b';
  readonly metric: Metric;
  readonly amount: number;
  readonly value: string;
  /** Of what the tenant holds: hold more, or give some back. */
  readonly what: 'use' | 'hold' | 'free';
}

const asked: fc.Arbitrary<Asked> = fc.record({
  tenant: fc.constantFrom('a', 'b'),
  metric: fc.constantFrom(...KINDS),
  amount: fc.integer({ min: 1, max: 6 }),
  value: fc.constantFrom('ada', 'bob', 'cy', 'dee'),
  what: fc.constantFrom('use', 'use', 'hold', 'free'),
});

/** A pool kept with plain numbers: what each tenant has of each meter. */
class PlainPool {
  private readonly used = new Map<string, number>();
  private readonly held = new Map<string, number>();
  private readonly seen = new Set<string>();

  after({ tenant, metric, amount, value, what }: Asked): { used: number; held: number } {
    const used = this.used.get(`${tenant} ${metric}`) ?? 0;
    const held = this.held.get(`${tenant} ${metric}`) ?? 0;
    if (what === 'hold') return { used, held: held + amount };
    if (what === 'free') return { used, held: held - Math.min(held, amount) };
    if (metric === 'peak' || metric === 'record') return { used: Math.max(used, amount), held };
    if (metric === 'price') return { used: amount, held };
    if (metric !== 'visitors' && metric !== 'people') return { used: used + amount, held };
    return { used: used + (this.seen.has(`${tenant} ${metric} ${value}`) ? 0 : 1), held };
  }

  take(ask: Asked): void {
    const { tenant, metric, value, what } = ask;
    const { used, held } = this.after(ask);
    this.used.set(`${tenant} ${metric}`, used);
    this.held.set(`${tenant} ${metric}`, held);
    if (what === 'use') this.seen.add(`${tenant} ${metric} ${value}`);
  }

  total(tenant: string, metric: string): { used: number; held: number } {
    const tenants = tenant === 'top' ? ['a', 'b'] : [tenant];
    const add = (of: Map<string, number>) =>
      tenants.reduce((sum, each) => sum + (of.get(`${each} ${metric}`) ?? 0), 0);
    return { used: add(this.used), held: add(this.held) };
  }

  /** Whether every limit leaves room: for what is added, or, of a highest and a newest value, for the value. */
  admits(ask: Asked, limits: Readonly<Record<string, number>>): boolean {
    const { tenant, metric, amount, what } = ask;
    if (what === 'free') return true;
    const before = this.total(tenant, metric);
    const after = this.after(ask);
    const added = after.used + after.held - before.used - before.held;
    const isValue = ['peak', 'record', 'price'].includes(metric);
    const asks = isValue ? Math.max(added, amount - before.used) : added;
    if (asks <= 0 && !isValue) return true;
    return Object.entries(limits).every(([code, limit]) => {
      const { used, held } = this.total(code, metric);
      return used + held + asks <= limit;
    });
  }
}

function levelOf(model: UsageModel, code: string): { level: Level } {
  const item = model.monthsOf(code).at(-1);
  return { level: item ? levelOfItem(item) : carriedLevel(undefined, CARRIED) };
}

describe('an admission', () => {
  it('takes exactly what fits, of every kind, used or held, in a pool with a cap', () => {
    const limits = fc.record({ top: fc.integer({ min: 0, max: 14 }), a: fc.integer({ min: 0, max: 9 }) });
    const tally = { admitted: 0, refused: 0 };
    fc.assert(
      fc.property(fc.array(asked, { maxLength: 30 }), limits, (asks, { top, a }) => {
        const model = new UsageModel();
        const plain = new PlainPool();
        for (const any of asks) {
          const isHeld = any.what !== 'use' && (HELD as readonly string[]).includes(any.metric);
          const ask = isHeld ? any : { ...any, what: 'use' as const };
          const bounds = ask.tenant === 'a' ? { top, a } : { top };
          const isFitting = plain.admits(ask, bounds);
          const { status } = model.settle(placeOf(ask, bounds, plain), usesOf(ask));
          expect([ask, status]).toEqual([ask, isFitting ? 'settled' : 'not_admitted']);
          if (isFitting) plain.take(ask);
          tally[isFitting ? 'admitted' : 'refused'] += 1;
          for (const code of ['a', 'b', 'top']) {
            const { used, held } = plain.total(code, ask.metric);
            const month = levelOf(model, code);
            expect(usedOf(month, ask.metric).toString()).toBe(String(used));
            expect(heldOf(month, ask.metric).toString()).toBe(String(held));
            expect(totalOf(month, ask.metric).toString()).toBe(String(used + held));
          }
        }
      }),
      { numRuns: 150 },
    );
    expect(tally.refused).toBeGreaterThan(100);
    expect(tally.admitted).toBeGreaterThan(100);
  });

  it.each([
    ['price', '7', 'not_admitted'],
    ['price', '5', 'settled'],
    ['peak', '7', 'not_admitted'],
    ['peak', '5', 'settled'],
    ['record', '6', 'not_admitted'],
    ['apiCalls', '0', 'settled'],
    ['visitors', '1', 'settled'],
  ])('beyond the limit already, as recorded, holds the value itself: %s %s is %s', (metric, add, status) => {
    const model = new UsageModel();
    const recorded = metric === 'visitors' ? ['ada', 'bob', 'cy', 'dee', 'eve', 'fay'] : ['ada'];
    for (const value of recorded)
      model.settle({ tenantCode: 'a', pooledWith: ['top'], admission: null }, [
        { metric, at: AT, add: '9', value },
      ]);
    const admission = [{ tenantCode: 'top', metric, limit: '5', isEnforced: true }];
    const again = { metric, at: AT, add, value: 'ada' };
    expect(model.settle({ tenantCode: 'a', pooledWith: ['top'], admission }, [again])).toMatchObject({
      status,
    });
  });

  it('tells a refusal that something held stands in the way', () => {
    const model = new UsageModel();
    const admission = [{ tenantCode: 'top', metric: 'apiCalls', limit: '10', isEnforced: true }];
    const place = { tenantCode: 'a', pooledWith: ['top'], admission };
    const hold = (quantity: string): readonly MeterHold[] => [
      { metric: 'apiCalls', periodSk: PERIOD, quantity },
    ];
    expect(model.settle({ ...place, holds: hold('8') }, [])).toMatchObject({
      standings: [{ metric: 'apiCalls', current: '0', held: '8', limit: '10' }],
    });
    const call = { metric: 'apiCalls', at: AT, add: '3' };
    const other = { ...place, tenantCode: 'b' };
    // To b it shows as a limit of what is left, not as what others hold.
    expect(model.settle(other, [call])).toMatchObject({
      status: 'not_admitted',
      isHeld: true,
      standing: { current: '0', held: '0', limit: '2' },
    });
    expect(model.settle({ ...place, holds: hold('-8') }, [])).toMatchObject({ status: 'settled' });
    expect(model.settle(other, [{ ...call, add: '10' }])).toMatchObject({ status: 'settled' });
    expect(model.settle(other, [call])).toMatchObject({ status: 'not_admitted', isHeld: false });
  });

  it('never frees more than is held, whatever it is told', () => {
    const model = new UsageModel();
    const holds = [{ metric: 'apiCalls', periodSk: PERIOD, quantity: '-5' }];
    model.settle({ tenantCode: 'a', pooledWith: ['top'], admission: null, holds }, []);
    for (const code of ['a', 'top'])
      expect(heldOf(levelOf(model, code), 'apiCalls').equals(Quantity.zero)).toBe(true);
  });

  it('holds what is carried in the months after, too, and the rest in its own', () => {
    const model = new UsageModel();
    const holds = ['apiCalls', 'storageUsedGb'].map((metric) => ({
      metric,
      periodSk: PERIOD,
      quantity: '5',
    }));
    model.settle({ tenantCode: 'a', pooledWith: ['top'], admission: null, holds }, []);
    model.settle({ tenantCode: 'a', pooledWith: ['top'], admission: null }, [
      { metric: 'apiCalls', at: '2024-02-01T00:00:00.000Z', add: '1' },
    ]);
    for (const code of ['a', 'top']) {
      expect(heldOf(levelOf(model, code), 'apiCalls').toString()).toBe('0');
      expect(heldOf(levelOf(model, code), 'storageUsedGb').toString()).toBe('5');
    }
  });
});

function placeOf(
  { tenant, metric, amount, what }: Asked,
  limits: Readonly<Record<string, number>>,
  plain: PlainPool,
): UsePlace {
  const admission = Object.entries(limits).map(([tenantCode, limit]) => {
    return { tenantCode, metric, limit: String(limit), isEnforced: true };
  });
  const place = { tenantCode: tenant, pooledWith: ['top'], admission };
  if (what === 'use') return place;
  const freed = Math.min(plain.total(tenant, metric).held, amount);
  const quantity = String(what === 'hold' ? amount : -freed);
  return { ...place, holds: [{ metric, periodSk: PERIOD, quantity }] };
}

function usesOf({ metric, amount, value, what }: Asked) {
  if (what !== 'use') return [];
  return [{ metric, at: AT, add: String(amount), value }];
}
