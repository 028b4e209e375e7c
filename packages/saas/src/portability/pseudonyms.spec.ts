import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Pseudonyms } from './pseudonyms.js';

const SALT = new Uint8Array(32);

function pseudonyms(): Pseudonyms {
  const known = new Pseudonyms(SALT);
  known.learn({ id: 'usr-007', texts: ['Ada Lovelace', 'ada@acme.example', 'Lovelace', '+44 20 7946 0000'] });
  known.learn({ id: 'admin', texts: ['Grace Hopper'] });
  known.keep('Ada Lovelace Ltd');
  return known;
}

const ADA = pseudonyms().of('usr-007');
const GRACE = pseudonyms().of('admin');

describe('pseudonyms', () => {
  it('are the same for whatever names a person, and other ones for others', () => {
    expect(ADA).toMatch(/^person-[0-9a-f]{12}$/);
    expect(
      new Set(['Ada Lovelace', 'ADA@acme.example', 'usr-007'].map((text) => pseudonyms().of(text))),
    ).toEqual(new Set([ADA]));
    expect(GRACE).not.toBe(ADA);
    expect(new Pseudonyms(Buffer.from('another salt')).of('usr-007')).not.toBe(ADA);
  });

  it.each([
    ['usr-007', ADA],
    ['ada lovelace', ADA],
    ['asked by Ada Lovelace, by phone', `asked by ${ADA}, by phone`],
    ['Lovelace, A. (ada@acme.example)', `${ADA}, A. (${ADA})`],
    ['mailto:someone@else.example', expect.stringMatching(/^mailto:person-[0-9a-f]{12}$/)],
    ['Loveland is a town', 'Loveland is a town'],
    ['the admin left', `the ${GRACE} left`],
    ['admin', 'admin'],
    ['Ada Lovelace Ltd', 'Ada Lovelace Ltd'],
    ['', ''],
  ])('in %j', (text, expected) => {
    expect(pseudonyms().text(text)).toEqual(expected);
  });

  it('reach every depth, and names of fields', () => {
    const value = {
      by: 'admin',
      roles: ['admin'],
      use: { 'usr-007': 5 },
      lines: [{ note: 'for Grace Hopper' }],
      n: 1,
      no: null,
    };
    expect(pseudonyms().walk(value)).toEqual({
      by: GRACE,
      roles: ['admin'],
      use: { [ADA]: 5 },
      lines: [{ note: `for ${GRACE}` }],
      n: 1,
      no: null,
    });
  });

  it('leave no address standing, in any text', () => {
    fc.assert(
      fc.property(fc.string(), fc.emailAddress(), fc.string(), (before, address, after) => {
        const text = pseudonyms().text(`${before} ${address} ${after}`);
        expect(text.toLowerCase()).not.toContain(` ${address.toLowerCase()} `);
      }),
    );
  });

  it('change nothing the second time', () => {
    const once = pseudonyms().text('Ada Lovelace wrote to ada@acme.example');
    expect(pseudonyms().text(once)).toBe(once);
  });
});
