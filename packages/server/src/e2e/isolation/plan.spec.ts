import { describe, expect, it } from 'vitest';
import { type WalkedOperation } from './document.js';
import { inOrder, type Knocker, type Station, sharesOf } from './plan.js';

function station(part: Partial<WalkedOperation>, knocker: Knocker, attacks: number): Station<number> {
  const operation = {
    id: 'getThings',
    method: 'GET',
    path: '/things',
    roles: ['admin'],
    parameters: [],
    body: null,
  };
  return {
    operation: { ...operation, ...part },
    knocker,
    place: 'path:code',
    isDeclared: true,
    claimsName: false,
    attacks: Array.from({ length: attacks }, (_, index) => index),
  };
}

describe('the shares of the stations', () => {
  it('reach the target together, and favour those who are let in', () => {
    const shares = sharesOf([station({}, 'admin', 500), station({}, 'member', 500)], 120);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeGreaterThanOrEqual(120);
    expect(shares[0]).toBeGreaterThan(4 * (shares[1] ?? 0));
    expect(shares[1]).toBeGreaterThan(0);
  });

  it('take everything when there is too little, and never more', () => {
    expect(sharesOf([station({}, 'admin', 3), station({}, 'member', 2)], 1_000)).toEqual([3, 2]);
  });

  it('leave no station out, however small the target', () => {
    for (const share of sharesOf([station({}, 'admin', 50), station({}, 'anonymous', 50)], 1))
      expect(share).toBeGreaterThan(0);
  });
});

it('reads first and destroys last', () => {
  const remove = station({ id: 'deleteThings', method: 'DELETE' }, 'admin', 1);
  const close = station({ id: 'postThingsClose', method: 'POST', path: '/things/close' }, 'admin', 1);
  const change = station({ id: 'patchThings', method: 'PATCH' }, 'admin', 1);
  const read = station({}, 'admin', 1);
  const claim = { ...change, claimsName: true };
  expect(inOrder([claim, remove, close, change, read])).toEqual([read, change, remove, close, claim]);
});
