import type { Readable } from 'node:stream';
import { InputError } from './formats/reading.js';
import { HELP } from './help.js';
import { type Input, openInput } from './input/open-input.js';
import { type ImportOptions, parseArguments } from './options.js';
import { type BrokenLines, openBrokenLines } from './report/broken-lines.js';
import type { ProgressOutput } from './report/progress.js';
import { exitCodeOf } from './report/summary.js';
import { summaryText } from './report/summary-text.js';
import { importWithProgress } from './run-import.js';

export interface CommandIo {
  stdout: { write(text: string): unknown };
  stderr: ProgressOutput;
  /** Read for `--file -`; the process's own by default. */
  stdin?: Readable;
  /** Stops the run in good order, as SIGINT does. */
  signal?: AbortSignal;
}

/** The command `usage:import`. Returns the exit code: 0 all delivered, 1 not all, 2 wrong usage. */
export async function main(argv: string[], env: NodeJS.ProcessEnv, io: CommandIo): Promise<number> {
  const parsed = parseArguments(argv, env);
  if (parsed.kind === 'help') {
    io.stdout.write(HELP);
    return 0;
  }
  if (parsed.kind === 'wrong') return wrongUsage(parsed.message, io);
  const { options } = parsed;
  const opened = await openInput(options.file, io.stdin ?? process.stdin);
  if (opened.kind === 'failed') return wrongUsage(opened.message, io);
  const broken = openBrokenLines(options.brokenOut);
  if (broken.kind === 'failed') return wrongUsage(broken.message, io);
  return runCommand(options, { input: opened.input, brokenLines: broken.brokenLines }, io);
}

async function runCommand(
  options: ImportOptions,
  files: { input: Input; brokenLines: BrokenLines },
  io: CommandIo,
): Promise<number> {
  const stopping = new AbortController();
  const interrupt = () => stopping.abort('interrupted');
  // Once: a second interrupt ends the process at once.
  process.once('SIGINT', interrupt);
  io.signal?.addEventListener('abort', interrupt, { once: true });
  try {
    const summary = await importWithProgress(options, files, { stopping, progress: io.stderr });
    io.stdout.write(options.json ? `${JSON.stringify(summary, null, 2)}\n` : summaryText(summary));
    return exitCodeOf(summary, options);
  } catch (error) {
    if (error instanceof InputError) return wrongUsage(error.message, io);
    throw error;
  } finally {
    process.off('SIGINT', interrupt);
    io.signal?.removeEventListener('abort', interrupt);
    files.input.close();
    files.brokenLines.close();
  }
}

function wrongUsage(message: string, io: CommandIo): number {
  io.stderr.write(`usage:import: ${message}\nSee --help.\n`);
  return 2;
}
