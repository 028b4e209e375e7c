// Admission of usage over HTTP, beside a bare Fastify route that parses the same body and answers a constant.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withProcess, withServer, withUsageService } from './lib/landlord.mjs';
import { postRound } from './lib/load.mjs';
import { inTurns } from './lib/measure.mjs';
import { withFolder, withPostgres } from './lib/postgres.mjs';
import { latencyTable } from './lib/report.mjs';

export const title = 'Consuming over HTTP';
const BARE = fileURLToPath(new URL('lib/bare-server.mjs', import.meta.url));
const CONNECTIONS = 64;
const ROUND_MS = 2_000;

export function run() {
  return withPostgres(async (database) => {
    await withUsageService(database, () => undefined);
    return withServer(database, (landlord) =>
      withFolder((folder) =>
        withProcess(BARE, [], process.env, join(folder, 'log'), (url) =>
          compare({ url, token: landlord.token }, landlord),
        ),
      ),
    );
  });
}

async function compare(bare, landlord) {
  const candidate = (name, server) => ({ name, turn: () => consumeRound(server) });
  const results = await inTurns([candidate('bare Fastify', bare), candidate('Landlord', landlord)]);
  return latencyTable('POST /usage/consume, 64 connections', results, 'requests');
}

function consumeRound({ url, token }) {
  const body = (id) => `{"id":"req-${process.pid}-${id}","metric":"apiCalls"}`;
  return postRound({ url, path: '/usage/consume', token, body, connections: CONNECTIONS, roundMs: ROUND_MS });
}
