export {
  EmbeddedPostgresError,
  type EmbeddedPostgresErrorCode,
  type EmbeddedPostgresProblem,
} from './embedded-postgres-error.js';
export type { EmbeddedPostgresOptions, LogEntry } from './options.js';
export { hasCluster, runningPostgres } from './running-postgres.js';
export { type EmbeddedPostgres, startEmbeddedPostgres } from './start-embedded-postgres.js';
