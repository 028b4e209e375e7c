import { type Command, evolve, type Item, type PortableCommand } from '@landlord/kernel';
import { describe, expect, it } from 'vitest';
import { erasureRules, fateOf } from './erasure.rules.js';

const SALT = new Uint8Array(32);

function commandOn(sk: string, overrides: Partial<Item> & { userId?: string } = {}): PortableCommand {
  const { userId = 'usr-007', type = sk.split('#')[0] ?? '', attributes = {}, name = sk } = overrides;
  const key = { pk: 'TENANT#acme', sk };
  const input: Command = {
    kind: 'full',
    ...key,
    version: 0,
    tenantCode: 'acme',
    type,
    code: 'c',
    name,
    attributes,
  };
  const origin = {
    userId,
    requestId: 'req-1',
    source: 'test',
    ip: '192.0.2.1',
    at: '2024-01-01T00:00:00.000Z',
  };
  const evolution = evolve(null, input, origin);
  if (evolution.status !== 'changed') throw new Error(evolution.status);
  const { item } = evolution;
  return {
    ...key,
    version: 1,
    kind: 'full',
    tenantCode: 'acme',
    type,
    input,
    item,
    link: null,
    isRedacted: false,
    ...origin,
  };
}

describe('erasure', () => {
  it.each([
    ['USER', 'erase'],
    ['INVOICE', 'pseudonymise'],
    ['USAGE', 'keep'],
    ['SOMETHING_NEW', 'erase'],
    ['constructor', 'erase'],
    ['__proto__', 'erase'],
  ])('of %s: %s', (type, fate) => {
    expect(fateOf(type)).toBe(fate);
  });

  it('takes who did it, from where, and under which request out of every command', () => {
    const rules = erasureRules(SALT);
    const redacted = rules.redactCommand(commandOn('USAGE#2024-01', { attributes: { apiCalls: 3 } }));
    expect(redacted).toMatchObject({
      ip: null,
      requestId: 'erased',
      isRedacted: true,
      item: { attributes: { apiCalls: 3 } },
    });
    expect(redacted.userId).toMatch(/^person-/);
    expect([redacted.item.createdBy, redacted.item.updatedBy]).toEqual([redacted.userId, redacted.userId]);
    expect(JSON.stringify(redacted)).not.toContain('usr-007');
  });

  it.each(['system', 'several'])('leaves %s, who is nobody', (userId) => {
    expect(erasureRules(SALT).redactCommand(commandOn('USAGE#2024-01', { userId })).userId).toBe(userId);
  });

  it('finds the members of erased items in kept ones, with what was asked for', () => {
    const rules = erasureRules(SALT);
    rules.learn(
      commandOn('USER#usr-007', { attributes: { email: 'ada@acme.example', displayName: 'Ada Lovelace' } }),
    );
    const invoice = commandOn('INVOICE#1', {
      attributes: { lines: [{ note: 'ordered by Ada Lovelace' }], total: 4900 },
    });
    const redacted = rules.redactCommand(invoice);
    expect(JSON.stringify(redacted)).not.toMatch(/Lovelace/);
    expect(redacted.item.attributes).toMatchObject({ total: 4900 });
    expect(redacted.input).toMatchObject({ attributes: redacted.item.attributes });
    expect(rules.redactItem(invoice.item)).toEqual(redacted.item);
  });

  it('keeps the company, also one that is called like a member, and drops whom to write to', () => {
    const rules = erasureRules(SALT);
    const attributes = { status: 'closed', country: 'JP', adminEmail: 'ada@acme.example' };
    const tenant = commandOn('MASTER', { type: 'TENANT', name: 'Ada Lovelace', attributes });
    rules.learn(tenant);
    rules.learn(commandOn('USER#usr-007', { name: 'Ada Lovelace' }));
    const item = rules.redactItem(tenant.item);
    expect([item.name, item.attributes]).toEqual(['Ada Lovelace', { status: 'closed', country: 'JP' }]);
  });

  it("drops whom to write to from the vendor's own facts at every depth, and keeps the others", () => {
    const facts = {
      crmId: 7,
      Contact: { city: 'Ada Street' },
      sales: { region: 'east', accountManagerName: 'Grace', emails: ['ada@acme.example'] },
      offices: [{ city: 'Kobe', phone: '+81 1' }, ['x', { contactPerson: 'Ada' }], null],
    };
    const kept = { crmId: 7, sales: { region: 'east' }, offices: [{ city: 'Kobe' }, ['x', {}], null] };
    const tenant = commandOn('MASTER', {
      type: 'TENANT',
      attributes: { status: 'closed', attributes: facts },
    });
    const redacted = erasureRules(SALT).redactCommand(tenant);
    expect(redacted.item.attributes).toEqual({ status: 'closed', attributes: kept });
    expect(redacted.input).toMatchObject({ attributes: redacted.item.attributes });
  });

  it('takes the persons out of a text such as the reason', () => {
    const rules = erasureRules(SALT);
    rules.learn(commandOn('USER#usr-007', { name: 'Ada Lovelace' }));
    const reason = rules.redactText('Ada Lovelace asked for it, by ada@home.example');
    expect(reason).toMatch(/^person-[0-9a-f]{12} asked for it, by person-[0-9a-f]{12}$/);
  });

  it('says nothing of what a partial command did not say', () => {
    const input: Command = {
      kind: 'partial',
      pk: 'TENANT#acme',
      sk: 'INVOICE#1',
      version: 1,
      isDeleted: true,
    };
    const redacted = erasureRules(SALT).redactCommand({ ...commandOn('INVOICE#1'), kind: 'partial', input });
    expect(redacted.input).toEqual(input);
  });
});
