import { type Item } from '@landlord/kernel';
import { describe, expect, it } from 'vitest';
import { ancestryFlaw, parentageFlaw } from './tenant-ancestry.item.js';

const ROOT = { code: 'acme', parentCode: null, ancestors: [], billing: 'own' as const };
const CHILD = { code: 'acme', parentCode: 'b', ancestors: ['a', 'b'], billing: 'parent' as const };
const LINK = { isDeleted: false } as Item;

function tenant(code: string, ancestors: readonly string[], changes: object = {}): Item {
  const facts = { status: 'active', industry: null, country: null, timezone: 'UTC' };
  const attributes = { ...facts, ancestors, parentCode: ancestors.at(-1) ?? null, ...changes };
  return { code, name: code, attributes, isDeleted: false } as unknown as Item;
}

const [A, B] = [tenant('a', []), tenant('b', ['a'])];

describe('where a tenant says it stands', () => {
  it.each([ROOT, CHILD])('may be %o', (place) => {
    expect(ancestryFlaw(place)).toBeNull();
  });

  it.each([
    ['below no code', { ...CHILD, ancestors: ['A#', 'b'] }, 'ancestors'],
    ['too deep', { ...CHILD, ancestors: [...'aaaaaaaaaab'] }, 'ancestors'],
    ['below itself', { ...CHILD, ancestors: ['acme', 'b'] }, 'below itself'],
    ['below another than its parent', { ...CHILD, parentCode: 'a' }, 'parentCode'],
    ['below others without a parent', { ...CHILD, parentCode: null }, 'parentCode'],
    ['with a parent and no others', { ...ROOT, parentCode: 'a' }, 'parentCode'],
    ['on a parent that it has not', { ...ROOT, billing: 'parent' as const }, 'has none'],
  ])('is not %s', (_what, place, message) => {
    expect(ancestryFlaw(place)).toContain(message);
  });
});

describe('those that a tenant stands below', () => {
  it.each([
    ['nobody', ROOT, { above: [], link: null }],
    ['its parent', CHILD, { above: [A, B], link: LINK }],
    ['one that is suspended', CHILD, { above: [A, tenant('b', ['a'], { status: 'suspended' })], link: LINK }],
  ])('are %s', (_what, place, found) => {
    expect(parentageFlaw(place, found)).toBeNull();
  });

  it.each([
    ['a root that is not here', { above: [null, B], link: LINK }, '"a", which is not here'],
    ['a parent that is not here', { above: [A, null], link: LINK }, '"b", which is not here'],
    ['one that is deleted', { above: [A, { ...B, isDeleted: true }], link: LINK }, 'which is not here'],
    ['one that is closed', { above: [A, tenant('b', ['a'], { status: 'closed' })], link: LINK }, 'is closed'],
    ['one that is erased', { above: [A, tenant('b', ['a'], { status: 'erased' })], link: LINK }, 'is erased'],
    ['one that stands elsewhere', { above: [A, tenant('b', ['c'])], link: LINK }, 'stands elsewhere'],
    ['one that stands nowhere', { above: [A, tenant('b', [])], link: LINK }, 'stands elsewhere'],
    [
      'one that cannot be read',
      { above: [A, tenant('b', ['a'], { status: 'odd' })], link: LINK },
      'cannot be read',
    ],
    ['one that does not know it', { above: [A, B], link: null }, 'no such child'],
    ['one that knew it once', { above: [A, B], link: { ...LINK, isDeleted: true } }, 'no such child'],
  ])('are not %s', (_what, found, message) => {
    expect(parentageFlaw(CHILD, found)).toContain(message);
  });
});
