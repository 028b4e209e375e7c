import { setTimeout as delay } from 'node:timers/promises';
import { DEFAULT_RETRY } from './delivery/retry.js';
import { usageApi } from './delivery/usage-api.js';
import { readerFor } from './formats/reader.js';
import { splitLines } from './input/lines.js';
import { type Input, ReadFailure } from './input/open-input.js';
import type { ImportOptions } from './options.js';
import type { BrokenLines } from './report/broken-lines.js';
import { ImportRecord } from './report/import-record.js';
import { type ProgressOutput, showProgress } from './report/progress.js';
import type { Summary } from './report/summary.js';
import { type ImportPorts, type ImportSettings, UsageImport } from './usage-import.js';

const REQUEST_TIMEOUT_MS = 60_000;
const LIMITS = {
  maxHeld: 50_000,
  maxTenants: 5_000,
  retry: DEFAULT_RETRY,
  maxRequestsPerBatch: 100,
  maxGivenUpInRow: 3,
};

interface Files {
  input: Input;
  brokenLines: BrokenLines;
}

/**
 * Imports the input, showing progress. Aborting `stopping` ends it in good order; its reason becomes `stopped`.
 * @throws {InputError} when the file as a whole cannot be read as asked.
 */
export async function importWithProgress(
  options: ImportOptions,
  files: Files,
  control: { stopping: AbortController; progress: ProgressOutput },
): Promise<Summary> {
  const startedMs = performance.now();
  const { stopping } = control;
  const elapsedMs = () => Math.round(performance.now() - startedMs);
  const record = new ImportRecord((lineNumber, reason) => files.brokenLines.add(lineNumber, reason));
  const { input } = files;
  const run = new UsageImport(portsOf(options, { input, record, stopping }), settingsOf(options));
  const progress = showProgress(control.progress, () => ({
    lines: record.lines,
    bytesRead: input.bytesRead(),
    sizeBytes: input.sizeBytes,
    elapsedMs: elapsedMs(),
  }));
  // A read that waits for more (standard input) would not notice the stop by itself.
  stopping.signal.addEventListener('abort', () => input.close(), { once: true });
  try {
    const failure = await readFailureOf(run.run());
    const stopped = stopping.signal.aborted ? String(stopping.signal.reason) : failure;
    const { peak } = run;
    return record.summary({ elapsedMs: elapsedMs(), peak, ...(stopped === undefined ? {} : { stopped }) });
  } finally {
    progress.stop();
  }
}

function portsOf(
  options: ImportOptions,
  run: { input: Input; record: ImportRecord; stopping: AbortController },
): ImportPorts {
  return {
    lines: splitLines(run.input.chunks),
    reader: readerFor(options.layout),
    record: run.record,
    send: usageApi({ ...options, requestTimeoutMs: REQUEST_TIMEOUT_MS }),
    stopped: run.stopping.signal,
    stop: (reason) => run.stopping.abort(reason),
    sleep: (delayMs, signal) => delay(delayMs, undefined, { signal }).catch(() => undefined),
    random: Math.random,
  };
}

function settingsOf(options: ImportOptions): ImportSettings {
  const { batchSize, maxInFlight, source } = options;
  return { ...LIMITS, batchSize, maxInFlight, source };
}

async function readFailureOf(run: Promise<void>): Promise<string | undefined> {
  try {
    await run;
    return undefined;
  } catch (error) {
    if (error instanceof ReadFailure) return error.message;
    throw error;
  }
}
