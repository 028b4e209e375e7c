import { type Item, type ItemKey, type Role, type Store } from '@landlord/kernel';
import { timeZoneOf } from '@landlord/kernel/pure';
import { describe, expect, it } from 'vitest';
import { ROOT_PLACE, type Tenant } from './tenant.js';
import { TenantChainService } from './tenant-chain.service.js';
import { TenantGateService } from './tenant-gate.service.js';

/** Items by key, and how often they were asked for. */
class FakeStore {
  reads = 0;
  private readonly items = new Map<string, Item>();

  tenant(code: string, tenant: Partial<Tenant> = {}): this {
    const attributes = {
      ...ROOT_PLACE,
      status: 'active',
      industry: null,
      country: null,
      timezone: UTC,
      ...tenant,
    };
    return this.put(code, 'MASTER', { code, name: code, attributes });
  }

  member(tenantCode: string, userId: string, attributes: object, isDeleted = false): this {
    return this.put(tenantCode, `USER#${userId}`, { attributes, isDeleted });
  }

  async getMany(_scope: unknown, keys: readonly ItemKey[]) {
    this.reads += 1;
    return keys.map(({ pk, sk }) => this.items.get(`${pk} ${sk}`) ?? null);
  }

  private put(tenantCode: string, sk: string, item: object): this {
    const known = { isDeleted: false, tenantCode, sk, version: 1, ...item };
    this.items.set(`TENANT#${tenantCode} ${sk}`, known as Item);
    return this;
  }
}

const UTC = timeZoneOf('UTC');
const store = () => new FakeStore().tenant('acme');
const gate = (fake: FakeStore) => new TenantGateService(new TenantChainService(fake as unknown as Store));
const user = (roles: readonly Role[], userId = 'usr-1', tenantCode: string | null = 'acme') => ({
  userId,
  tenantCode,
  roles,
});

describe('the gate', () => {
  it.each(['suspended', 'closed', 'erased'] as const)(
    'is closed for a tenant that is %s, but not for operators',
    async (status) => {
      const shut = gate(new FakeStore().tenant('acme', { status }));
      await expect(shut.admit(user(['admin']))).rejects.toMatchObject({ code: 'forbidden' });
      expect(await shut.admit(user(['system_admin']))).toEqual(user(['system_admin']));
    },
  );

  it('is closed for who lives on a suspended tenant, not for who only stands below it', async () => {
    const fake = new FakeStore()
      .tenant('top', { status: 'suspended' })
      .tenant('mid', { billing: 'parent', ancestors: ['top'] })
      .tenant('leaf', { billing: 'parent', ancestors: ['top', 'mid'] })
      .tenant('free', { billing: 'own', ancestors: ['top'] })
      .tenant('below', { billing: 'parent', ancestors: ['top', 'free'] });
    for (const code of ['mid', 'leaf'])
      await expect(gate(fake).admit(user(['member'], 'u', code))).rejects.toMatchObject({
        code: 'forbidden',
      });
    for (const code of ['free', 'below'])
      expect(await gate(fake).admit(user(['member'], 'u', code))).toMatchObject({ tenantCode: code });
  });

  it('lets those pass whom the issuer vouches for, and those for whom there is nothing', async () => {
    expect(await gate(store()).admit(user(['billing']))).toEqual(user(['billing']));
    expect(await gate(store()).admit(user(['admin'], 'u', 'nowhere'))).toMatchObject({
      tenantCode: 'nowhere',
    });
    expect(await gate(store()).admit(user(['system_admin'], 'op', null))).toMatchObject({ tenantCode: null });
  });

  it.each<[string, Role[], string[], Role[] | null]>([
    ['no more than both give', ['admin'], ['admin'], ['admin']],
    ['a narrower token', ['member'], ['admin'], ['member']],
    ['a narrower membership', ['admin'], ['billing'], ['billing']],
    ['several of each', ['billing', 'member'], ['member'], ['member']],
    ['several at once', ['admin', 'billing'], ['admin', 'billing'], ['admin', 'billing']],
    ['nothing in common', ['billing'], ['member'], null],
    ['no roles at all', ['admin'], [], null],
    ['no operator by membership', ['admin'], ['system_admin'], null],
  ])('gives a member %s', async (_, asked, held, expected) => {
    const admitted = gate(store().member('acme', 'usr-1', { status: 'active', roles: held })).admit(
      user(asked),
    );
    if (expected) expect(await admitted).toEqual(user(expected));
    else await expect(admitted).rejects.toMatchObject({ code: 'forbidden' });
  });

  it.each<[string, string, boolean]>([
    ['removed', 'active', true],
    ['suspended', 'suspended', false],
  ])('is closed for a member that was %s', async (_, status, isDeleted) => {
    const fake = store().member('acme', 'usr-1', { status, roles: ['admin'] }, isDeleted);
    await expect(gate(fake).admit(user(['admin']))).rejects.toMatchObject({ code: 'forbidden' });
    expect(await gate(fake).admit(user(['admin'], 'usr-2'))).toEqual(user(['admin'], 'usr-2'));
  });

  it('reads together what comes together', async () => {
    const fake = store();
    const one = gate(fake);
    await Promise.all(Array.from({ length: 40 }, (_, index) => one.admit(user(['member'], `usr-${index}`))));
    expect(fake.reads).toBeLessThanOrEqual(3);
  });

  it('knows whom it let in, and what that rests on: also a member that is not there, and the tenants above', async () => {
    const fake = new FakeStore()
      .tenant('top')
      .tenant('leaf', { billing: 'parent', ancestors: ['top'] })
      .member('leaf', 'usr-1', { status: 'active', roles: ['billing'] });
    const one = gate(fake);
    const [member, stranger] = [user(['admin'], 'usr-1', 'leaf'), user(['admin'], 'usr-2', 'leaf')];
    expect(one.known(member)).toBeNull();
    await Promise.all([one.admit(member), one.admit(stranger)]);
    const { reads } = fake;
    const of = (sk: string, version: number, code = 'leaf') => ({ pk: `TENANT#${code}`, sk, version });
    const tenants = [of('MASTER', 1), of('MASTER', 1, 'top')];
    expect(one.known(member)).toEqual({
      user: { ...member, roles: ['billing'] },
      checks: [tenants[0], of('USER#usr-1', 1), tenants[1]],
    });
    expect(one.known(stranger)).toEqual({
      user: stranger,
      checks: [tenants[0], of('USER#usr-2', 0), tenants[1]],
    });
    expect(one.known(user(['member'], 'usr-1', 'leaf'))).toBeNull();
    expect(fake.reads).toBe(reads);
  });

  it('remembers nobody it refused, no operator, and nobody of a tenant that is not there', async () => {
    const fake = new FakeStore().tenant('acme', { status: 'suspended' });
    const one = gate(fake);
    await expect(one.admit(user(['admin']))).rejects.toMatchObject({ code: 'forbidden' });
    await one.admit(user(['system_admin']));
    await one.admit(user(['admin'], 'u', 'nowhere'));
    for (const each of [user(['admin']), user(['system_admin']), user(['admin'], 'u', 'nowhere')])
      expect(one.known(each)).toBeNull();
  });
});
