import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '../embedded/index.js';

declare module 'vitest' {
  interface ProvidedContext {
    databaseUrl: string;
  }
}

interface Project {
  provide(name: 'databaseUrl', value: string): void;
}

/**
 * One PostgreSQL for the whole run: the one of LANDLORD_TEST_DATABASE_URL (a superuser's address),
 * or an embedded one in a folder of its own, so that runs at the same time do not meet.
 */
export default async function setUp(project: Project): Promise<() => Promise<void>> {
  const given = process.env.LANDLORD_TEST_DATABASE_URL;
  if (given) {
    project.provide('databaseUrl', given);
    return async () => undefined;
  }
  const dataDir = await mkdtemp(join(tmpdir(), 'landlord-test-'));
  const server = await startEmbeddedPostgres({ dataDir });
  project.provide('databaseUrl', server.connectionString);
  return async () => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
}
