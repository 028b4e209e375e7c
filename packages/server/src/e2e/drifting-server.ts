import { readConfig } from '../config.js';
import { startServer } from '../startup/start-server.js';
import { DriftingClock } from './drifting-clock.js';

/** The shipped server, by a clock that the test moves while it runs. */
const clock = new DriftingClock(process.env.LANDLORD_TEST_CLOCK_FILE ?? '');
const server = await startServer(readConfig(process.env), { clock });
process.stdout.write(`${server.url}\n`);
process.once('SIGTERM', () => {
  server.stop().then(() => process.exit(0));
});
