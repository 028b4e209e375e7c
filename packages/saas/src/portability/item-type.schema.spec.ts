import { type Command, evolve, type Item, UTC } from '@landlord/kernel';
import { Quantity } from '@landlord/kernel/pure';
import { describe, expect, it } from 'vitest';
import { alertCommands } from '../alerts/alert.item.js';
import { tallyCommands, writeSettingCommand } from '../settings/setting.item.js';
import { createGroupCommand, createTenantCommand, linkCommands } from '../tenants/tenant.item.js';
import { ROOT_PLACE } from '../tenants/tenant.js';
import { createUsageCommand } from '../usage/usage.item.js';
import { initialUsage } from '../usage/usage.level.js';
import { createInvitationCommand } from '../users/invitation.item.js';
import { createAdminCommand } from '../users/member.item.js';
import { createLinkCommand } from '../users/membership.item.js';
import { createRosterCommand } from '../users/roster.item.js';
import { itemTypeFlaw } from './item-type.schema.js';

const AT = '2024-01-01T00:00:00.000Z';
const ORIGIN = { userId: 'u', requestId: 'r', source: 's', ip: null, at: AT };
const tenantCode = 'acme';
const PK = 'TENANT#acme';
const FACTS = { industry: null, country: null, timezone: UTC };

function itemOf(command: Command | undefined): Item {
  if (!command) throw new Error('no command');
  const evolution = evolve(null, command, ORIGIN);
  if (evolution.status !== 'changed') throw new Error(evolution.status);
  return evolution.item;
}

function bare(type: string, sk: string, code: string, attributes: object): Item {
  const name = type.toLowerCase();
  return { ...TENANT, pk: PK, sk, type, code, name, attributes } as Item;
}

const TENANT = itemOf(
  createTenantCommand({ ...ROOT_PLACE, ...FACTS, code: 'acme', name: 'Acme', status: 'active' }),
);
const owner = (level: 'tenant' | 'group' | 'user', source: string) => ({ level, source, tenantCode });
const setting = (level: 'tenant' | 'group' | 'user', source: string) =>
  itemOf(
    writeSettingCommand(owner(level, source), {
      name: 'theme',
      version: 0,
      state: { value: null, byOperator: false },
    }),
  );
const tally = (level: 'tenant' | 'group' | 'user', source: string) =>
  itemOf(tallyCommands(owner(level, source), { count: 1, bytes: 9 })[0]);
const SUBSCRIPTION = bare('SUBSCRIPTION', 'SUBSCRIPTION#SUB-001', 'SUB-001', {
  planCode: 'starter',
  planVersion: 1,
  billingCycle: 'monthly',
  status: 'active',
  timezone: 'UTC',
  startDate: '2024-01-01',
  endDate: null,
  currentPeriod: { from: '2024-01-01', to: '2024-02-01' },
  autoRenew: true,
  trialEndsAt: null,
  cancelAt: AT,
  scheduledChange: null,
});
const INVITATION = itemOf(
  createInvitationCommand(tenantCode, {
    ...{ id: 'inv-1', email: 'a@b.example', name: null, roles: ['member'], userId: null, status: 'pending' },
    ...{ tokenId: 't', tokenHash: 'h', expiresInHours: 1, expiresAt: AT },
  }),
);
const CERTIFICATE = bare('ERASURE', `ERASURE#${AT}`, AT, {
  ...{ erasedAt: AT, by: 'op', reason: null, items: { erased: {}, kept: {} }, sequences: [[1, 2]] },
  ...{ commands: { redacted: 1, removed: 1 }, rows: {}, remainderHash: 'b' },
  headBefore: { sequence: 2, hash: 'a' },
});
const USAGE = itemOf(createUsageCommand({ tenantCode, timezone: UTC, now: AT, activeUsers: 1 }));
const POOL = {
  ...USAGE,
  ...initialUsage(tenantCode, 'USAGE#2024-01', new Map([['pooled.apiCalls', Quantity.of('0.5')]])),
};
const MEMBER = itemOf(createAdminCommand(tenantCode, { id: 'usr-001', email: null }));
const LINK = itemOf(
  createLinkCommand(
    { tenantCode, userId: 'a#b c', invitationId: null },
    { tenantCode: 'globex', userId: 'x' },
  ),
);
const ROSTER = itemOf(createRosterCommand(tenantCode, { active: 1, admins: 1 }));
const GROUP = itemOf(createGroupCommand(tenantCode, { code: 'sales', name: 'Sales' }, 0));
const CHILD = itemOf(linkCommands(tenantCode, { code: 'acme-east', name: 'East' })[0]);
const TALLIES = [tally('tenant', 'acme'), tally('group', 'sales'), tally('user', 'a#b')];
const SETTINGS = [setting('tenant', 'acme'), setting('group', 'sales'), setting('user', 'a#b')];

const [NOTICED = TENANT, ALERT = TENANT] = alertCommands(tenantCode, null, [
  {
    ...{ name: 'usage.near_limit', metric: 'apiCalls', percent: 80, period: '2024-01', occurredAt: AT },
    ...{ current: Quantity.of('800.5'), limit: Quantity.of(1_000) },
  },
]).map(itemOf);

const ALL: readonly Item[] = [
  ...[TENANT, SUBSCRIPTION, INVITATION, CERTIFICATE, USAGE, POOL, MEMBER, LINK, ROSTER, GROUP, CHILD],
  ...[NOTICED, ALERT],
  ...[...TALLIES, ...SETTINGS],
];

const said = (item: Item, changes: object): Item => ({
  ...item,
  attributes: { ...item.attributes, ...changes },
});
const [TALLY = TENANT] = TALLIES;
const [TENANT_SETTING = TENANT, GROUP_SETTING = TENANT, USER_SETTING = TENANT] = SETTINGS;

describe('an item of a file', () => {
  it.each(ALL.map((item) => [item.sk, item] as const))('may be %s as it is made', (_sk, item) => {
    expect(itemTypeFlaw(item)).toBeNull();
  });

  it.each(ALL.map((item) => [item.sk, item] as const))('is not %s elsewhere', (_sk, item) => {
    expect(itemTypeFlaw({ ...item, sk: `${item.sk}0#` })).toContain('belongs');
    expect(itemTypeFlaw({ ...item, code: `${item.code}#0` })).not.toBeNull();
  });

  it.each(['NOTE', 'PLAN', 'COMMON', 'constructor', ''])('is not of the type "%s"', (type) => {
    expect(itemTypeFlaw(bare(type, 'X#1', '1', {}))).toContain(`the type "${type}"`);
  });

  it.each<[string, Item, string]>([
    ['a tenant of another', { ...TENANT, code: 'globex' }, 'belongs'],
    ['a second tenant', { ...TENANT, sk: 'FAKE', code: 'globex' }, 'belongs'],
    ['an unknown status', said(TENANT, { status: 'odd' }), 'status'],
    ['a zone there is not', said(TENANT, { timezone: 'Mars/Olympus' }), 'timezone'],
    ['a child that is no tenant', { ...CHILD, sk: 'CHILD#A#B', code: 'A#B' }, 'belongs'],
    ['an operator as a member', said(MEMBER, { roles: ['system_admin'] }), 'roles'],
    ['a member without a code', { ...MEMBER, sk: 'USER#', code: '' }, 'belongs'],
    ['a roster of half a seat', said(ROSTER, { seats: 1.5 }), 'seats'],
    ['a roster of a billion', said(ROSTER, { seats: 1e9 }), 'seats'],
    ['a roster of less than nobody', said(ROSTER, { active: -1 }), 'active'],
    ['a roster that counts in text', said(ROSTER, { seats: '1' }), 'seats'],
    ['an invitation to be an operator', said(INVITATION, { roles: ['system_admin'] }), 'roles'],
    ['an invitation to nobody', said(INVITATION, { email: 7 }), 'email'],
    ['a membership without a user', said(LINK, { userId: 1 }), 'userId'],
    ['a membership of no name', { ...LINK, sk: 'MEMBERSHIP#%E0%A4%A#globex' }, 'belongs'],
    ['a subscription to nothing', said(SUBSCRIPTION, { planCode: null }), 'planCode'],
    ['a subscription from no day', said(SUBSCRIPTION, { startDate: '2024-02-30' }), 'startDate'],
    ['a period of no days', said(SUBSCRIPTION, { currentPeriod: { from: '', to: '' } }), 'currentPeriod'],
    ['a month there is not', { ...USAGE, sk: 'USAGE#2024-13', code: '2024-13' }, 'belongs'],
    ['usage that is no number', said(USAGE, { apiCalls: 'many' }), 'apiCalls'],
    ['a pool that is no number', said(POOL, { pooled: { apiCalls: 'many' } }), 'pooled'],
    ['a setting of another level', said(TENANT_SETTING, { level: 'common' }), 'belongs'],
    ['a setting of another tenant', said(TENANT_SETTING, { source: 'globex' }), 'belongs'],
    ['a setting of another group', said(GROUP_SETTING, { source: 'other' }), 'belongs'],
    ['a setting of another user', said(USER_SETTING, { source: 'other' }), 'belongs'],
    ['a setting of nobody', said(USER_SETTING, { byOperator: 'yes' }), 'byOperator'],
    ['a tally of another level', { ...TALLY, code: 'user' }, 'belongs'],
    ['a tally of less than nothing', said(TALLY, { bytes: -1 }), 'bytes'],
    ['an alert of another threshold', said(ALERT, { percent: 81 }), 'belongs'],
    ['an alert of no name', { ...ALERT, name: 'usage.odd' }, 'name'],
    [
      'an alert at no time',
      { ...said(ALERT, { occurredAt: 'now' }), sk: 'USAGEEVENT#now#apiCalls#0080' },
      'occurredAt',
    ],
    ['thresholds noticed never', said(NOTICED, { noticed: { apiCalls: { 80: 1 } } }), 'noticed'],
    ['a group of odd facts', said(GROUP, { attributes: 'none' }), 'attributes'],
    ['a certificate of nothing', said(CERTIFICATE, { commands: null }), 'commands'],
  ])('is not %s', (_what, item, message) => {
    expect(itemTypeFlaw(item)).toContain(message);
  });
});
