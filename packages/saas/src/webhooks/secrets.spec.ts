import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { SecretBox, UnreadableSecret } from './secret-box.service.js';
import { newSecret, signedHeaders } from './signature.service.js';

const box = new SecretBox(new Uint8Array(32).fill(7));

describe('a secret box', () => {
  it('opens what it sealed, in its place', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (secret, place) => {
        const sealed = box.seal(secret, place);
        expect(box.open(sealed, place)).toBe(secret);
        expect(box.seal(secret, place)).not.toBe(sealed);
        if (secret.length > 8) expect(sealed).not.toContain(secret);
      }),
    );
  });

  it.each([
    ['in another place', (sealed: string) => box.open(sealed, 'other#e1')],
    ['changed', (sealed: string) => box.open(`${sealed.slice(0, -2)}xx`, 'acme#e1')],
    ['cut', (sealed: string) => box.open(sealed.slice(0, 30), 'acme#e1')],
    ['empty', () => box.open('', 'acme#e1')],
    ['of another form', (sealed: string) => box.open(sealed.replace('v1', 'v2'), 'acme#e1')],
  ])('does not open what is %s', (_how, open) => {
    expect(() => open(box.seal('whsec_x', 'acme#e1'))).toThrow(UnreadableSecret);
  });

  it('says which key is needed, and no secret', () => {
    const other = new SecretBox(new Uint8Array(32).fill(8));
    const message = (() => {
      try {
        return other.open(box.seal('whsec_x', 'acme#e1'), 'acme#e1');
      } catch (error) {
        return String(error);
      }
    })();
    expect(message).toContain(
      `another LANDLORD_SECRET_KEY (${box.keyId}) than this server has (${other.keyId})`,
    );
    expect(message).not.toContain('whsec_');
  });

  it('takes no key of another length', () => {
    expect(() => new SecretBox(new Uint8Array(16))).toThrow('16 bytes, not 32');
  });
});

describe('a signature', () => {
  const secrets = [newSecret(), newSecret()];
  const body = '{"type":"webhook.test","data":{"name":"Zoë"}}';
  const headers = signedHeaders({ id: 'evt_1', at: new Date(), body, secrets });

  it('is verified by the library of the standard, with each of the secrets', () => {
    for (const secret of secrets) expect(new Webhook(secret).verify(body, headers)).toEqual(JSON.parse(body));
    expect(headers).toMatchObject({ 'webhook-id': 'evt_1', 'user-agent': 'Landlord' });
  });

  it.each([
    ['another secret', newSecret(), body, headers],
    ['another body', secrets[0], `${body} `, headers],
    ['another id', secrets[0], body, { ...headers, 'webhook-id': 'evt_2' }],
    [
      'another time',
      secrets[0],
      body,
      { ...headers, 'webhook-timestamp': String(Math.floor(Date.now() / 1000) - 1) },
    ],
  ])('does not hold with %s', (_what, secret, text, given) => {
    expect(() => new Webhook(String(secret)).verify(text, given)).toThrow();
  });

  it('is too old after five minutes', () => {
    const old = signedHeaders({ id: 'evt_1', at: new Date(Date.now() - 301_000), body, secrets });
    expect(() => new Webhook(String(secrets[0])).verify(body, old)).toThrow('too old');
  });

  it('is made with 32 random bytes', () => {
    expect(newSecret()).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    expect(newSecret()).not.toBe(newSecret());
  });
});
