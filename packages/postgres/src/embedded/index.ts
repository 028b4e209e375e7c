export {
  EmbeddedPostgresError,
  type EmbeddedPostgresErrorCode,
  type EmbeddedPostgresProblem,
} from './embedded-postgres-error.js';
export type { EmbeddedPostgresOptions, LogEntry } from './options.js';
export { type EmbeddedPostgres, startEmbeddedPostgres } from './start-embedded-postgres.js';
