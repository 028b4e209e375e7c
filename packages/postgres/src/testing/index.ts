export { createTestDatabase, everyRow, ownerQuery, type TestDatabase } from './test-database.js';
