import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseAccount, parsePasswd } from './account.js';

const root = 'root:x:0:0:root:/root:/bin/bash';
const nobody = 'nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin';
const landlord = 'landlord:x:999:998::/var/lib/landlord:/bin/false';
const alice = 'alice:x:1000:1001:Alice:/home/alice:/bin/bash';

describe('parsePasswd', () => {
  it.each([
    ['', []],
    ['# a comment', []],
    ['+::::::', []],
    ['name:x:-1:5', []],
    ['name:x:2147483648:5', []],
    [`${nobody}\nbroken\n`, [{ name: 'nobody', uid: 65534, gid: 65533 }]],
  ])('reads %j', (text, expected) => {
    expect(parsePasswd(text)).toEqual(expected);
  });
});

describe('chooseAccount', () => {
  const owner = (uid: number) => ({ uid, gid: 7 });
  it.each([
    ['landlord before nobody', [root, nobody, landlord], undefined, { uid: 999, gid: 998 }],
    ['nobody when there is no landlord', [root, alice, nobody], undefined, { uid: 65534, gid: 65533 }],
    [
      'the owner of the cluster, with the group of the user',
      [alice, landlord],
      owner(1000),
      { uid: 1000, gid: 1001 },
    ],
    [
      'an owner who is nowhere named, with the group of the folder',
      [landlord],
      owner(4242),
      { uid: 4242, gid: 7 },
    ],
    ['landlord when root owns the cluster', [root, landlord], owner(0), { uid: 999, gid: 998 }],
    ['none when nobody is known', [root, alice], undefined, undefined],
    ['none when landlord is root by another name', ['landlord:x:0:0::/:/bin/sh'], undefined, undefined],
  ])('chooses %s', (_, lines, clusterOwner, expected) => {
    expect(chooseAccount(lines.join('\n'), clusterOwner)).toEqual(expected);
  });

  it('never chooses root', () => {
    const line = fc
      .tuple(fc.constantFrom('landlord', 'nobody', 'root'), fc.nat(2), fc.nat(2))
      .map(([name, uid, gid]) => `${name}:x:${uid}:${gid}:::`);
    const clusterOwner = fc.option(fc.record({ uid: fc.nat(2), gid: fc.nat(2) }), { nil: undefined });
    fc.assert(
      fc.property(fc.array(line), clusterOwner, (lines, owner) => {
        expect(chooseAccount(lines.join('\n'), owner)?.uid).not.toBe(0);
      }),
    );
  });
});
