import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localIssuer } from '../authentication/local-issuer.js';
import { loadSigningKey } from '../authentication/signing-key.js';
import { TokenVerifier } from '../authentication/token-verifier.js';
import { main } from './main.js';

let dataDir = '';
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'landlord-token-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

async function run(line: string, env: Record<string, string> = {}) {
  const output = { stdout: '', stderr: '' };
  const sink = (name: keyof typeof output) => ({
    write: (text: string) => {
      output[name] += text;
    },
  });
  const io = { stdout: sink('stdout'), stderr: sink('stderr') };
  const code = await main(line.split(' '), { LANDLORD_DATA_DIR: dataDir, ...env }, io);
  return { code, ...output };
}

describe('the token command', () => {
  it('prints a token that the server takes, and nothing else, before the server ever ran', async () => {
    const { code, stdout, stderr } = await run('--tenant acme --role admin');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^\S+\n$/);
    const key = await loadSigningKey(dataDir);
    const verifier = new TokenVerifier(localIssuer(key), { tenant: 'custom:tenant', roles: 'custom:roles' });
    expect(await verifier.verify(stdout.trim())).toMatchObject({
      tenant: { kind: 'tenant', code: 'acme' },
      roles: ['admin'],
    });
  });

  it('says on standard error what is wrong', async () => {
    expect(await run('--role root')).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('npm run -s token'),
    });
    expect(await run('--role system_admin', { PORT: 'x' })).toMatchObject({
      code: 1,
      stdout: '',
      stderr: 'token: PORT: must be a port from 0 to 65535\n',
    });
  });

  it('warns when the server would refuse the token', async () => {
    const env = { OIDC_ISSUER: 'https://login.example.com', OIDC_AUDIENCE: 'api' };
    const { code, stdout, stderr } = await run('--role system_admin', env);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^\S+\n$/) });
    expect(stderr).toContain('OIDC_ISSUER is set');
  });
});
