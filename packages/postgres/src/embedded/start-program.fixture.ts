import { startEmbeddedPostgres } from './index.js';

/**
 * A program for the tests, which kill it. Starts on the folder given and says a line of JSON; then waits
 * for ever (`hold`), falls through to its end (`end`), or exits (`exit`).
 */
const [, , dataDir = '', behaviour = 'hold'] = process.argv;

try {
  const postgres = await startEmbeddedPostgres({
    dataDir,
    log: ({ level, message }) => process.stderr.write(`${level} ${message}\n`),
  });
  process.stdout.write(`${JSON.stringify({ connectionString: postgres.connectionString })}\n`);
} catch (error) {
  process.stdout.write(
    `${JSON.stringify({ error: error instanceof Error ? error.message : String(error) })}\n`,
  );
  process.exit(1);
}
if (behaviour === 'hold') setInterval(() => {}, 60_000);
if (behaviour === 'exit') process.exit(0);
