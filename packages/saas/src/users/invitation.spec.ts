import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  expiryOf,
  formatToken,
  type Invitation,
  type InvitationToken,
  isOpenedBy,
  parseToken,
  tokenHash,
} from './invitation.js';

const token: InvitationToken = {
  tenantCode: 'acme-corp',
  invitationId: 'inv-5d41402abc4b',
  secret: 'A'.repeat(43),
};
const NOW = '2024-03-01T09:00:00.000Z';

const invitation: Invitation = {
  id: token.invitationId,
  email: 'kim@acme.example',
  name: null,
  roles: ['member'],
  userId: null,
  status: 'pending',
  tokenId: 'aabbccddeeff',
  tokenHash: tokenHash(token),
  expiresInHours: 1,
  expiresAt: '2024-03-01T10:00:00.000Z',
};

describe('a token', () => {
  it('is read as it was written', () => {
    const secret = fc
      .uint8Array({ minLength: 32, maxLength: 32 })
      .map((bytes) => Buffer.from(bytes).toString('base64url'));
    fc.assert(
      fc.property(secret, (each) => {
        const given = { ...token, secret: each };
        expect(parseToken(formatToken(given))).toEqual(given);
      }),
    );
  });

  it.each([
    '',
    'acme-corp',
    'acme-corp.inv-5d41402abc4b',
    `acme-corp.inv-5d41402abc4b.${'A'.repeat(42)}`,
    `acme-corp.inv-5d41402abc4b.${'A'.repeat(44)}`,
    `acme-corp.inv-5d41402abc4b.${'A'.repeat(42)}!`,
    `acme-corp.inv-5D41402ABC4B.${'A'.repeat(43)}`,
    `acme-corp.USER.${'A'.repeat(43)}`,
    `Acme.inv-5d41402abc4b.${'A'.repeat(43)}`,
    `common.inv-5d41402abc4b.${'A'.repeat(43)}`,
    `acme#x.inv-5d41402abc4b.${'A'.repeat(43)}`,
    `${formatToken(token)}.more`,
    `${formatToken(token)}\n`,
  ])('is not %j', (text) => {
    expect(parseToken(text)).toBeNull();
  });
});

describe('an invitation', () => {
  it.each<[string, Invitation | null, InvitationToken, string, boolean]>([
    ['its token', invitation, token, NOW, true],
    ['its token in the last moment', invitation, token, '2024-03-01T09:59:59.999Z', true],
    ['its token too late', invitation, token, '2024-03-01T10:00:00.000Z', false],
    ['another secret', invitation, { ...token, secret: `${'A'.repeat(42)}B` }, NOW, false],
    ['the secret of another tenant', invitation, { ...token, tenantCode: 'globex' }, NOW, false],
    ['the token once it was used', { ...invitation, status: 'accepted', tokenHash: null }, token, NOW, false],
    ['the token once it was revoked', { ...invitation, status: 'revoked' }, token, NOW, false],
    ['a token when there is none', null, token, NOW, false],
    [
      'the text that stands in for no hash',
      { ...invitation, tokenHash: null },
      { ...token, secret: '0'.repeat(43) },
      NOW,
      false,
    ],
  ])('is opened by its own token in its time: %s', (_name, kept, given, now, isOpen) => {
    expect(isOpenedBy(kept, { token: given, now })).toBe(isOpen);
  });

  it('ends after whole hours', () => {
    expect(expiryOf('2024-02-28T23:30:00.000Z', 1)).toBe('2024-02-29T00:30:00.000Z');
    expect(expiryOf(NOW, 720)).toBe('2024-03-31T09:00:00.000Z');
  });
});
