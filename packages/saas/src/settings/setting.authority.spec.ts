import { type Role } from '@landlord/kernel';
import { describe, expect, it } from 'vitest';
import { readRefusal, switchRefusal, writeRefusal } from './setting.authority.js';
import { type SettingLevel } from './setting.js';

const who = (role: Role, tenantCode: string | null = 'acme') => ({ userId: 'me', tenantCode, roles: [role] });
const owner = (level: SettingLevel, source = 'x') => ({ level, tenantCode: 'acme', source });
const can = (refusal: { code: string } | null) => refusal?.code ?? 'yes';

describe('writing', () => {
  it.each<[Role, string | null, SettingLevel, string, string, string]>([
    ['system_admin', null, 'common', 'common', 'theme', 'yes'],
    ['system_admin', 'acme', 'common', 'common', 'theme', 'forbidden'],
    ['admin', 'acme', 'common', 'common', 'theme', 'forbidden'],
    ['system_admin', 'acme', 'tenant', 'acme', 'theme', 'yes'],
    ['admin', 'acme', 'tenant', 'acme', 'theme', 'yes'],
    ['billing', 'acme', 'tenant', 'acme', 'theme', 'forbidden'],
    ['member', 'acme', 'tenant', 'acme', 'theme', 'forbidden'],
    ['admin', 'acme', 'group', 'north', 'theme', 'yes'],
    ['member', 'acme', 'group', 'north', 'theme', 'forbidden'],
    ['member', 'acme', 'user', 'me', 'theme', 'yes'],
    ['billing', 'acme', 'user', 'me', 'theme', 'yes'],
    ['member', 'acme', 'user', 'you', 'theme', 'forbidden'],
    ['admin', 'acme', 'user', 'you', 'theme', 'yes'],
    ['system_admin', 'acme', 'user', 'you', 'theme', 'yes'],
    ['member', 'acme', 'user', 'me', 'feature.sso', 'forbidden'],
    ['billing', 'acme', 'user', 'me', 'feature.sso', 'forbidden'],
    ['admin', 'acme', 'user', 'me', 'feature.sso', 'yes'],
    ['system_admin', 'acme', 'tenant', 'acme', 'feature.sso', 'yes'],
  ])('by %s for %s at %s of %s: %s is %s', (role, tenantCode, level, source, name, expected) => {
    expect(can(writeRefusal(who(role, tenantCode), owner(level, source), name))).toBe(expected);
  });
});

describe('reading what holds for another', () => {
  it.each<[Role, string, string]>([
    ['member', 'me', 'yes'],
    ['member', 'you', 'forbidden'],
    ['billing', 'you', 'forbidden'],
    ['admin', 'you', 'yes'],
    ['system_admin', 'you', 'yes'],
  ])('by %s of %s: %s', (role, userId, expected) => {
    expect(can(readRefusal(who(role), userId))).toBe(expected);
  });
});

describe('a switch', () => {
  it.each<[Role, string, Parameters<typeof switchRefusal>[2], string]>([
    ['admin', 'theme', 'dark', 'yes'],
    ['admin', 'feature.sso', true, 'yes'],
    ['admin', 'feature.sso', { enabled: false }, 'yes'],
    ['admin', 'feature.sso', { enabled: true, value: 5 }, 'forbidden'],
    ['system_admin', 'feature.sso', { enabled: true, value: 5 }, 'yes'],
    ['system_admin', 'feature.sso', { enabled: true, value: { a: 1 } }, 'validation_failed'],
    ['system_admin', 'feature.sso', { enabled: true, valeu: 5 }, 'validation_failed'],
    ['admin', 'feature.sso', 'false', 'validation_failed'],
    ['admin', 'feature.sso', null, 'validation_failed'],
    ['admin', 'feature.sso', [], 'validation_failed'],
    ['admin', 'feature.sso', {}, 'validation_failed'],
  ])('by %s: %s %j is %s', (role, name, value, expected) => {
    expect(can(switchRefusal(who(role), name, value))).toBe(expected);
  });
});
