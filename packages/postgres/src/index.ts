export { type MigrationReport, migrate } from './migration/migrate.js';
export { APP_ROLE, SYSTEM_ROLE } from './migration/roles.js';
export type { DatabaseOptions } from './store/database.js';
export { PostgresStore } from './store/postgres.store.js';
