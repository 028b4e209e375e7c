import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serverAccount } from './account.js';
import { prepareBinaries } from './binaries.js';
import { type BringUp, bringUp } from './bring-up.js';
import { prepareCluster } from './cluster-preparation.js';
import { createDataFolders, dataLayout } from './data-layout.js';
import { temporaryFolder } from './embedded-postgres.fixture.js';
import { freePort } from './free-port.js';
import { resolveOptions } from './options.js';
import { ServerLog } from './server-log.js';
import { type ServerProcess, shutDown } from './server-process.js';

describe('bringUp', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let request: BringUp;
  const launched: ServerProcess[] = [];

  beforeEach(async () => {
    folder = await temporaryFolder();
    const layout = dataLayout(folder.path);
    await createDataFolders(layout);
    const account = await serverAccount(layout.clusterDir);
    const binaries = await prepareBinaries({ account, copiesDir: layout.binariesDir });
    const cluster = { layout, account, binaries };
    const options = resolveOptions({ dataDir: folder.path });
    request = {
      cluster,
      options,
      password: await prepareCluster(cluster, options),
      serverLog: new ServerLog(layout.logFile),
      signal: new AbortController().signal,
      pickPort: freePort,
      onLaunch: (server) => launched.push(server),
    };
  });

  afterEach(async () => {
    for (const server of launched.splice(0)) await shutDown(server, request.cluster, 5_000);
    await folder.remove();
  });

  it('takes another port when one is taken in between', async () => {
    const thief = createServer();
    const stolen = await freePort();
    await once(thief.listen(stolen, '127.0.0.1'), 'listening');
    const ports = [stolen, stolen];
    const server = await bringUp({ ...request, pickPort: async () => ports.shift() ?? freePort() });
    expect(server.port).not.toBe(stolen);
    expect(launched).toHaveLength(3);
    thief.close();
  });

  it('gives up a port that stays taken, and says so', async () => {
    const thief = createServer();
    const stolen = await freePort();
    await once(thief.listen(stolen, '127.0.0.1'), 'listening');
    await expect(bringUp({ ...request, pickPort: async () => stolen })).rejects.toMatchObject({
      code: 'port_unavailable',
      message: expect.stringContaining('could not bind'),
    });
    expect(launched.every((server) => server.hasEnded())).toBe(true);
    thief.close();
  });

  it('leaves no server behind when it is stopped before the server is ready', async () => {
    const stopping = new AbortController();
    const onLaunch = (server: ServerProcess) => {
      launched.push(server);
      stopping.abort();
    };
    await expect(bringUp({ ...request, signal: stopping.signal, onLaunch })).rejects.toThrow('aborted');
    expect(launched.map((server) => server.hasEnded())).toEqual([true]);
  });
});
