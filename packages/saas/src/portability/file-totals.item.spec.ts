import { type Item } from '@landlord/kernel';
import { describe, expect, it } from 'vitest';
import { FileTotals } from './file-totals.item.js';

function of(type: string, attributes: object = {}, isDeleted = false): Item {
  return { pk: 'TENANT#acme', sk: `${type}#c`, type, code: 'c', name: 'n', attributes, isDeleted } as Item;
}

const member = (status: string, roles: string[]) => of('USER', { status, roles }, status === 'removed');
const roster = (active: number, admins: number, seats: number) => of('ROSTER', { active, admins, seats });
const TENANT = of('TENANT');
const reservation = (status: string, quantity: number) =>
  of('RESERVATION', {
    ...{
      metric: 'tokens',
      quantity,
      status,
      used: null,
      period: '2024-01',
      pooledWith: [],
      fingerprint: 'f',
    },
    heldAt: '2024-01-05T00:00:00.000Z',
    expiresAt: '2024-01-05T00:05:00.000Z',
    endedAt: null,
  });
const usage = (tokens: number): Item => ({ ...of('USAGE', { held: { tokens } }), code: '2024-01' });
const MEMBERS = [
  member('active', ['admin']),
  member('active', ['member']),
  member('suspended', ['admin']),
  member('removed', ['admin']),
];

function flawOf(items: readonly Item[], isSealed = false): string | null {
  const totals = new FileTotals();
  for (const item of items) {
    const flaw = totals.take(item);
    if (flaw !== null) return flaw;
  }
  return totals.flaw({ isSealed });
}

describe('all items of a file together', () => {
  it.each<[string, Item[], boolean]>([
    ['a tenant', [TENANT], false],
    ['one without a roster', [TENANT, ...MEMBERS], false],
    ['a roster before its members', [roster(2, 1, 2), TENANT, ...MEMBERS], false],
    ['seats of those that live on it', [TENANT, ...MEMBERS, roster(2, 1, 7)], false],
    ['one that is erased', [TENANT, of('ERASURE')], true],
    ['one that holds', [TENANT, reservation('held', 2), reservation('held', 3), usage(5)], false],
    ['one that held', [TENANT, reservation('released', 2)], false],
  ])('may be %s', (_what, items, isSealed) => {
    expect(flawOf(items, isSealed)).toBeNull();
  });

  it.each<[string, Item[], boolean, string]>([
    ['no tenant', MEMBERS, false, 'without the tenant'],
    ['two tenants', [TENANT, TENANT], false, 'second tenant'],
    ['a member too many', [TENANT, ...MEMBERS, roster(1, 1, 2)], false, 'other members'],
    ['a member too few', [TENANT, ...MEMBERS, roster(3, 1, 3)], false, 'other members'],
    ['an admin too many', [TENANT, ...MEMBERS, roster(2, 0, 2)], false, 'other members'],
    ['a roster of nobody', [TENANT, roster(1, 1, 1)], false, 'other members'],
    ['less seats than members', [TENANT, ...MEMBERS, roster(2, 1, 1)], false, 'less seats'],
    ['somebody deleted who is active', [TENANT, of('USER', MEMBERS[0]?.attributes, true)], false, 'deleted'],
    ['somebody removed who is there', [TENANT, of('USER', MEMBERS[3]?.attributes)], false, 'deleted'],
    ['a certificate of nothing', [TENANT, of('ERASURE')], false, 'not sealed'],
    ['two certificates', [TENANT, of('ERASURE'), of('ERASURE')], true, 'second certificate'],
    ['a hold of nothing', [TENANT, reservation('held', 2)], false, 'hold 2 tokens in 2024-01'],
    [
      'holds beyond the usage',
      [TENANT, reservation('held', 2), reservation('held', 4), usage(5)],
      false,
      'hold 6',
    ],
    ['a seal without a certificate', [TENANT], true, 'without the certificate'],
  ])('are not %s', (_what, items, isSealed, message) => {
    expect(flawOf(items, isSealed)).toContain(message);
  });
});
