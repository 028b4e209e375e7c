import { readConfig, type ServerConfig } from '../config.js';
import { type CommandIo } from '../main.js';
import { parseArguments, USAGE, type VerifyOptions } from './arguments.js';
import { readHeads, writeHeads } from './heads-file.js';
import { openStore } from './open-store.js';
import { type Progress, type VerifyResult, verifyAll } from './verify-all.js';

const PROGRESS_INTERVAL_MS = 2_000;
const UNDEFINED_TABLE = '42P01';

/** The command `audit:verify`. Returns the exit code: 0 all as it was written, 1 something differs or failed, 2 wrong usage. */
export async function main(argv: string[], env: NodeJS.ProcessEnv, io: CommandIo): Promise<number> {
  const parsed = parseArguments(argv);
  if (parsed.kind === 'help') {
    io.stdout.write(USAGE);
    return 0;
  }
  if (parsed.kind === 'wrong') {
    io.stderr.write(`audit:verify: ${parsed.message}\n\n${USAGE}`);
    return 2;
  }
  try {
    return await verify(readConfig(env), parsed.options, io);
  } catch (error) {
    io.stderr.write(`audit:verify: ${reasonOf(error)}\n`);
    return 1;
  }
}

async function verify(config: ServerConfig, options: VerifyOptions, io: CommandIo): Promise<number> {
  const noted = options.heads === null ? {} : await readHeads(options.heads);
  const { store, close } = await openStore(config);
  try {
    const onProgress = progressOn(io);
    const result = await verifyAll(store, { tenant: options.tenant, noted, onProgress });
    if (options.tenant !== null && result.tenants + result.differences.length === 0)
      throw new Error(`there is no tenant "${options.tenant}"`);
    const hasPassed = result.differences.length === 0;
    if (hasPassed && options.writeHeads !== null) await writeHeads(options.writeHeads, result.heads);
    io.stdout.write(reportOf(result));
    return hasPassed ? 0 : 1;
  } finally {
    await close();
  }
}

/** A line now and then on standard error, so that a long run is seen to go on. */
function progressOn({ stderr }: CommandIo): (progress: Progress) => void {
  let saidAtMs = performance.now();
  return ({ tenants, entries, items, tenantCode }) => {
    if (performance.now() - saidAtMs < PROGRESS_INTERVAL_MS) return;
    saidAtMs = performance.now();
    stderr.write(`${tenants} tenants, ${entries} entries, ${items} items verified; at ${tenantCode}\n`);
  };
}

function reportOf({ tenants, entries, items, unchained, differences }: VerifyResult): string {
  const lines = differences.map(({ flaw, message }) => `DIFFERS (${flaw}) ${message}`);
  const outside = unchained === 0 ? '' : `; ${unchained} commands are from before the chain began`;
  const verdict = differences.length === 0 ? 'All as it was written' : `${differences.length} tenants differ`;
  return [...lines, `${verdict}: ${tenants} tenants, ${entries} entries, ${items} items${outside}`, ''].join(
    '\n',
  );
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === UNDEFINED_TABLE)
    return 'the database has no chain yet; start the server of this version once, so that it is brought up to date';
  return error.cause instanceof Error && error.message === '' ? error.cause.message : error.message;
}
