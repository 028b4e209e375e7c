import { resolve } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';

export interface LogEntry {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
}

export interface EmbeddedPostgresOptions {
  /** The data folder (LANDLORD_DATA_DIR). The cluster is in `postgres/`, the server's log in `logs/`. */
  readonly dataDir: string;
  readonly log?: (entry: LogEntry) => void;
  /** Unexpected exits repaired within ten minutes before giving up: 0 to 100, by default 50. */
  readonly maxRestarts?: number;
  /** How long one start may take, crash recovery included: 1000 to 3600000 ms, by default 120000. */
  readonly startTimeoutMs?: number;
  /** How long open transactions get at a fast shutdown: 0 to 600000 ms, by default 10000. */
  readonly stopTimeoutMs?: number;
  /** Server settings that replace the ones given here, such as `{ shared_buffers: '256MB' }`. */
  readonly settings?: Readonly<Record<string, string>>;
}

export type ResolvedOptions = Required<EmbeddedPostgresOptions>;

const ranges = {
  maxRestarts: { from: 0, to: 100, usual: 50 },
  startTimeoutMs: { from: 1_000, to: 3_600_000, usual: 120_000 },
  stopTimeoutMs: { from: 0, to: 600_000, usual: 10_000 },
} as const;

/** Fills in what is not given. Throws `option_invalid` for a number outside its range or an empty folder. */
export function resolveOptions(options: EmbeddedPostgresOptions): ResolvedOptions {
  if (options.dataDir.trim() === '')
    throw invalid('dataDir', 'is empty', 'Give a folder, such as .landlord.');
  return {
    dataDir: resolve(options.dataDir),
    log: options.log ?? (() => {}),
    maxRestarts: inRange(options, 'maxRestarts'),
    startTimeoutMs: inRange(options, 'startTimeoutMs'),
    stopTimeoutMs: inRange(options, 'stopTimeoutMs'),
    settings: checkedSettings(options.settings ?? {}),
  };
}

function inRange(options: EmbeddedPostgresOptions, name: keyof typeof ranges): number {
  const { from, to, usual } = ranges[name];
  const value = options[name] ?? usual;
  if (Number.isInteger(value) && value >= from && value <= to) return value;
  throw invalid(name, `is ${value}`, `Give a whole number from ${from} to ${to}.`);
}

function checkedSettings(settings: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const wrong = Object.keys(settings).find((name) => !/^[a-z_][a-z0-9_.]*$/i.test(name));
  if (wrong === undefined) return settings;
  throw invalid('settings', `has the name ${JSON.stringify(wrong)}`, 'Use the name of a PostgreSQL setting.');
}

function invalid(where: string, what: string, remedy: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError({ code: 'option_invalid', what: `The option ${what}`, where, remedy });
}
