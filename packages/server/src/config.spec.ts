import { isAbsolute } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from './config.js';

describe('the environment', () => {
  it('may be empty', () => {
    const config = readConfig({});
    expect(config).toMatchObject({
      port: 3000,
      host: '127.0.0.1',
      databaseUrl: null,
      clock: { kind: 'system' },
      tokens: { kind: 'local' },
      tenantClaim: 'custom:tenant',
      rolesClaim: 'custom:roles',
      logLevel: 'info',
      usageRetention: { events: 400, ids: 400, hours: null },
    });
    expect(isAbsolute(config.dataDir)).toBe(true);
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('counts an empty variable as unset', () => {
    expect(readConfig({ PORT: '', DATABASE_URL: ' ', OIDC_ISSUER: '' })).toEqual(readConfig({}));
  });

  it('names what it gives', () => {
    const config = readConfig({
      PORT: '0',
      DATABASE_URL: 'postgres://u:p@db:5432/x',
      LANDLORD_CLOCK: 'test',
      LANDLORD_CLOCK_START: '2024-01-31T10:00:00+02:00',
      OIDC_ISSUER: 'https://login.example.com/',
      OIDC_AUDIENCE: 'api',
    });
    expect(config.port).toBe(0);
    expect(config.clock).toEqual({ kind: 'test', start: '2024-01-31T08:00:00.000Z' });
    expect(config.tokens).toEqual({
      kind: 'oidc',
      issuer: 'https://login.example.com/',
      audience: 'api',
      jwksUri: null,
    });
  });

  it.each([
    ['LANDLORD_USAGE_ID_DAYS', { LANDLORD_USAGE_ID_DAYS: '34' }],
    ['LANDLORD_USAGE_EVENT_DAYS', { LANDLORD_USAGE_EVENT_DAYS: '0' }],
    ['LANDLORD_USAGE_HOUR_DAYS', { LANDLORD_USAGE_HOUR_DAYS: 'ever' }],
    ['PORT', { PORT: '65536' }],
    ['PORT', { PORT: '-1' }],
    ['PORT', { PORT: '3000x' }],
    ['DATABASE_URL', { DATABASE_URL: 'mysql://u:hunter2@db/x' }],
    ['DATABASE_URL', { DATABASE_URL: 'postgres://u:hunter2@d b/x' }],
    ['LANDLORD_STORE', { LANDLORD_STORE: 'dynamodb' }],
    ['LANDLORD_STORE', { LANDLORD_STORE: 'sqlite' }],
    ['LANDLORD_CLOCK', { LANDLORD_CLOCK: 'fake' }],
    ['LANDLORD_CLOCK_START', { LANDLORD_CLOCK: 'test', LANDLORD_CLOCK_START: 'yesterday' }],
    ['LANDLORD_CLOCK_START', { LANDLORD_CLOCK_START: '2024-01-31T10:00:00Z' }],
    ['OIDC_ISSUER', { OIDC_ISSUER: 'login.example.com', OIDC_AUDIENCE: 'api' }],
    ['OIDC_AUDIENCE', { OIDC_ISSUER: 'https://login.example.com' }],
    ['OIDC_AUDIENCE', { OIDC_AUDIENCE: 'api' }],
    ['OIDC_JWKS_URI', { OIDC_JWKS_URI: 'https://login.example.com/keys' }],
    ['LANDLORD_LOG_LEVEL', { LANDLORD_LOG_LEVEL: 'loud' }],
  ])('names %s when it is wrong', (name, env) => {
    expect(() => readConfig(env)).toThrow(ConfigError);
    expect(() => readConfig(env)).toThrow(new RegExp(`^${name}: `));
    expect(() => readConfig(env)).not.toThrow(/hunter2/);
  });

  it('tells that dynamodb is not there yet', () => {
    expect(() => readConfig({ LANDLORD_STORE: 'dynamodb' })).toThrow('not available in this version');
  });

  it('names everything wrong at once', () => {
    expect(() => readConfig({ PORT: 'x', LANDLORD_CLOCK: 'x' })).toThrow(/PORT: .*\nLANDLORD_CLOCK: /);
  });
});
