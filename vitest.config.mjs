import { defineConfig } from 'vitest/config';

const compiled = 'packages/*/dist/**';

/**
 * Tests run as compiled by `npm run build`: what is tested is what is started.
 * `unit` needs nothing; `integration` gets an embedded PostgreSQL for the run.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [`${compiled}/*.spec.js`, 'scripts/**/*.spec.mjs'],
          exclude: [`${compiled}/*.integration.spec.js`],
        },
      },
      {
        test: {
          name: 'integration',
          include: [`${compiled}/*.integration.spec.js`],
          globalSetup: ['packages/postgres/dist/testing/global-setup.js'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
