import { describe, expect, it } from 'vitest';
import { parseArguments } from './arguments.js';

describe('the arguments of the token command', () => {
  it.each([
    [
      '--role system_admin',
      { userId: 'operator', tenantCode: null, roles: ['system_admin'], ttlSeconds: 43_200 },
    ],
    [
      '--tenant acme --role admin',
      { userId: 'admin', tenantCode: 'acme', roles: ['admin'], ttlSeconds: 43_200 },
    ],
    [
      '--tenant acme --role member,billing --user usr-001 --ttl 1h',
      { userId: 'usr-001', tenantCode: 'acme', roles: ['billing', 'member'], ttlSeconds: 3_600 },
    ],
    [
      '--role=system_admin --ttl=365d',
      { userId: 'operator', tenantCode: null, roles: ['system_admin'], ttlSeconds: 31_536_000 },
    ],
  ])('%s', (line, grant) => {
    expect(parseArguments(line.split(' '))).toEqual({ kind: 'grant', grant });
  });

  it.each([
    ['', '--role is missing'],
    ['--role', 'role'],
    ['--role root', '--role must be'],
    ['--role admin,root --tenant acme', '--role must be'],
    ['--role admin', '--tenant is missing'],
    ['--role admin --tenant Acme', '--tenant must be'],
    ['--role admin --tenant common', 'reserved'],
    ['--role system_admin --tenant acme', 'X-Tenant-Code'],
    ['--role system_admin --user a\u0000b', '--user'],
    ['--role system_admin --ttl 0s', '--ttl'],
    ['--role system_admin --ttl 1w', '--ttl'],
    ['--role system_admin --ttl 366d', '--ttl'],
    ['--role system_admin --colour red', 'colour'],
    ['system_admin', 'system_admin'],
  ])('%j is refused: %s', (line, message) => {
    expect(parseArguments(line === '' ? [] : line.split(' '))).toEqual({
      kind: 'wrong',
      message: expect.stringContaining(message),
    });
  });

  it.each(['--help', '-h'])('%s asks for help', (flag) => {
    expect(parseArguments([flag])).toEqual({ kind: 'help' });
  });
});
