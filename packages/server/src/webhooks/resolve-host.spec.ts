import { expect, it } from 'vitest';
import { AddressPolicy } from './addresses.js';
import { systemResolver } from './resolve-host.js';

it('names of this machine lead to addresses that are not public', async () => {
  const addresses = await systemResolver()('localhost');
  expect(addresses.length).toBeGreaterThan(0);
  const policy = new AddressPolicy([]);
  expect(addresses.filter((address) => policy.isPublic(address))).toEqual([]);
});

it('many names are looked up one behind the other', async () => {
  const resolve = systemResolver();
  const found = await Promise.all(Array.from({ length: 20 }, () => resolve('localhost')));
  expect(new Set(found.map((addresses) => addresses.toSorted().join())).size).toBe(1);
});
