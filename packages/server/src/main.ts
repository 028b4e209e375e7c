import { readConfig } from './config.js';
import { banner } from './startup/banner.js';
import { describeStartupFailure } from './startup/failure.js';
import { startedOrGivenUp } from './startup/give-up.js';
import { type RunningServer, startServer } from './startup/start-server.js';

export interface CommandIo {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
/** How long a start that is under way may still take when a signal comes. */
const START_GRACE_MS = 10_000;

/** Serves until a signal or the end of its database. Returns the exit code: 0 stopped in good order, 1 otherwise. */
export async function main(_argv: string[], env: NodeJS.ProcessEnv, io: CommandIo): Promise<number> {
  const stopRequested = awaitSignal();
  try {
    const config = readConfig(env);
    const stop = { requested: stopRequested, graceMs: START_GRACE_MS };
    const server = await startedOrGivenUp(startServer(config), stop);
    io.stdout.write(`${banner(server.url, config)}\n`);
    return await serve(server, stopRequested);
  } catch (error) {
    io.stderr.write(`${describeStartupFailure(error, env.LANDLORD_LOG_LEVEL)}\n`);
    return 1;
  }
}

async function serve(server: RunningServer, stopRequested: Promise<string>): Promise<number> {
  const reason = await Promise.race([stopRequested, server.failed]);
  if (typeof reason === 'string') server.logger.info({ signal: reason }, 'stopping');
  else server.logger.fatal({ reason: reason.message }, 'the database is gone');
  await server.stop();
  server.logger.info('stopped');
  server.logger.flush();
  return typeof reason === 'string' ? 0 : 1;
}

/** The first signal asks to stop; one more ends the process at once. */
function awaitSignal(): Promise<string> {
  return new Promise((resolve) => {
    let isStopping = false;
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        if (isStopping) process.exit(1);
        isStopping = true;
        resolve(signal);
      });
    }
  });
}
