import { SaasModule } from '@landlord/saas';
import { readConfig } from '../../config.js';
import { SEEDERS, startServer } from '../../startup/start-server.js';
import { LeaksModule } from './leaks.module.js';

/** The shipped server with leaks, to see that the walk finds them. */
const server = await startServer(readConfig(process.env), {
  modules: [SaasModule, LeaksModule],
  seeders: SEEDERS,
});
process.stdout.write(`${server.url}\n`);
process.once('SIGTERM', () => {
  server.stop().then(() => process.exit(0));
});
