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
          // Most of the time went into loading the same modules for each file.
          isolate: false,
          // A busy machine takes several times as long for the properties.
          testTimeout: 30_000,
          include: [`${compiled}/*.spec.js`, 'scripts/**/*.spec.mjs'],
          exclude: [`${compiled}/*.{integration,e2e,crash}.spec.js`, `${compiled}/crash.spec.js`],
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
      {
        // The server as a user starts it: processes of its own, over HTTP.
        test: {
          name: 'e2e',
          include: [`${compiled}/*.e2e.spec.js`],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        // Takes minutes: `npm run test:crash`.
        test: {
          name: 'crash',
          include: [`${compiled}/crash.spec.js`, `${compiled}/*.crash.spec.js`],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
