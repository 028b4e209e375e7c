import { Controller, Get, Module } from '@nestjs/common';
import { afterEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../config.js';
import { FakeOidc } from '../testing/fake-oidc.js';
import { gate } from '../testing/test-controller.js';
import { TestServer } from '../testing/test-server.js';
import { describeStartupFailure } from './failure.js';
import { StartupError } from './startup-error.js';
import { Undo } from './undo.js';

@Controller()
class UndeclaredController {
  @Get('/undeclared')
  undeclared() {
    return {};
  }
}

@Module({ controllers: [UndeclaredController] })
class UndeclaredModule {}

const started: TestServer[] = [];
afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
});

async function start(...given: Parameters<typeof TestServer.start>): Promise<TestServer> {
  const server = await TestServer.start(...given);
  started.push(server);
  return server;
}

describe('starting', () => {
  it('fails when a controller has a route that is not declared', async () => {
    await expect(start({}, { modules: [UndeclaredModule] })).rejects.toThrow(
      'UndeclaredController.undeclared is a route without @Operation',
    );
  });

  it('fails clearly when the port is taken', async () => {
    const { port } = new URL((await start()).server.url);
    const failure = await start({ PORT: port }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StartupError);
    expect(describeStartupFailure(failure, undefined)).toBe(
      `Landlord cannot start: Port ${port} of 127.0.0.1 is taken by another program. Choose another: PORT=${Number(port) + 1} npm start (PORT=0 takes any free one).`,
    );
  });

  it('fails clearly for an address of another machine', async () => {
    await expect(start({ HOST: '192.0.2.1' })).rejects.toThrow('192.0.2.1 is no address of this machine');
  });

  it('refuses local tokens when tokens are those of an OpenID Connect issuer', async () => {
    const oidc = await FakeOidc.start();
    try {
      const server = await start({ OIDC_ISSUER: oidc.issuer, OIDC_AUDIENCE: 'landlord-api' });
      const local = await server.token(['system_admin']);
      expect((await server.call('/me', { token: local })).status).toBe(401);
      const foreign = await oidc.sign({ 'custom:tenant': 'acme' });
      expect((await server.call('/me', { token: foreign })).status).toBe(200);
    } finally {
      await oidc.stop();
    }
  });
});

describe('stopping', () => {
  it('finishes the request in flight, and takes no more', async () => {
    const server = await start();
    const { url } = server.server;
    let open = () => undefined as undefined;
    gate.opened = new Promise((resolve) => {
      open = () => void resolve();
    });
    const begun = new Promise<void>((resolve) => {
      gate.started = resolve;
    });
    const answer = fetch(`${url}/slow`);
    await begun;
    const stopped = server.server.stop();
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    open();
    expect(await (await answer).json()).toEqual({ slow: true });
    const beganMs = performance.now();
    await stopped;
    expect(performance.now() - beganMs).toBeLessThan(5_000);
  });

  it('can be asked for twice', async () => {
    const server = await start();
    await Promise.all([server.server.stop(), server.server.stop()]);
  });

  it('undoes everything, the last first, also when something fails', async () => {
    const undone: string[] = [];
    const undo = new Undo();
    undo.add(async () => undone.push('first'));
    undo.add(async () => {
      throw new Error('stuck');
    });
    undo.add(async () => undone.push('last'));
    await expect(undo.run()).rejects.toThrow('stuck');
    expect(undone).toEqual(['last', 'first']);
  });
});

describe('a failed start', () => {
  it.each<[unknown, string]>([
    [new ConfigError('PORT: must be a port'), 'Landlord cannot start: PORT: must be a port'],
    [
      Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
      'Landlord cannot start: nobody listens at the address of DATABASE_URL',
    ],
    [
      Object.assign(new Error('password'), { code: '28P01' }),
      'Landlord cannot start: PostgreSQL refuses the user or password',
    ],
    [new Error('odd'), 'Landlord cannot start: odd (LANDLORD_LOG_LEVEL=debug shows where)'],
    ['odd', 'Landlord cannot start: odd'],
  ])('%o is one line', (error, line) => {
    const text = describeStartupFailure(error, 'info');
    expect(text).toContain(line);
    expect(text.split('\n')).toHaveLength(1);
  });

  it('shows the stack at debug level', () => {
    expect(describeStartupFailure(new Error('odd'), 'debug')).toContain('    at ');
  });
});
