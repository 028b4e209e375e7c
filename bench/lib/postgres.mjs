// An embedded PostgreSQL with Landlord's schema, in a temporary folder, for the time of one comparison.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../../packages/postgres/dist/embedded/index.js';
import { migrate } from '../../packages/postgres/dist/index.js';

/** @param {(connectionString: string) => Promise<T>} body @template T */
export async function withPostgres(body) {
  return withFolder(async (dataDir) => {
    // Every candidate has its own pool.
    const server = await startEmbeddedPostgres({ dataDir, settings: { max_connections: '100' } });
    try {
      await migrate(server.connectionString);
      return await body(server.connectionString);
    } finally {
      await server.stop();
    }
  });
}

export async function withFolder(body) {
  const folder = await mkdtemp(join(tmpdir(), 'landlord-bench-'));
  try {
    return await body(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
