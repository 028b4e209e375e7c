import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { Account } from './account.js';
import { copyBinaries } from './binaries-copy.js';
import { createSymlinks } from './binaries-symlinks.js';
import { runProgram } from './child-process.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { isMusl } from './musl.js';
import { packageRoot } from './platform.js';

/** The PostgreSQL programs, as the server's account can run them. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
  /** Such as `18.4`. */
  readonly version: string;
  readonly majorVersion: number;
  /** Removes a copy that was made for this run alone. */
  readonly dispose: () => Promise<void>;
}

export interface BinariesPlace {
  /** Holds `native/`. */
  readonly root: string;
  readonly dispose: () => Promise<void>;
}

const PROBE_TIMEOUT_MS = 10_000;
const nothing = async () => {};

export interface BinariesRequest {
  readonly account: Account | undefined;
  /** Where a copy is kept when the account cannot run the programs in their package. */
  readonly copiesDir: string;
  /** The package's folder. */
  readonly root?: string;
}

/**
 * The programs of the npm package when the account can run them there; else a copy where it can.
 * Runs `postgres --version` as that account, which is the truth about permissions of every folder above.
 */
export async function prepareBinaries(request: BinariesRequest): Promise<Binaries> {
  const { account, copiesDir, root = packageRoot() } = request;
  const inPlace = await tryPlace({ root, dispose: nothing }, account);
  if (typeof inPlace !== 'string') return inPlace;
  if (isMusl()) throw muslError(root);
  const failures = [`${root}: ${inPlace}`];
  const onFailure = (why: string) => failures.push(why);
  for await (const place of copyBinaries({ root, copiesDir, onFailure })) {
    const copied = await tryPlace(place, account);
    if (typeof copied !== 'string') return copied;
    failures.push(`${place.root}: ${copied}`);
    await place.dispose();
  }
  throw unusableError(root, failures);
}

/** The usable programs, or why they are not. */
async function tryPlace(place: BinariesPlace, account: Account | undefined): Promise<Binaries | string> {
  try {
    await createSymlinks(place.root);
    const binaries = programsIn(place.root);
    await access(binaries.postgres);
    const { exitCode, output } = await runProgram({
      program: binaries.postgres,
      args: ['--version'],
      account,
      cwd: '/',
      timeoutMs: PROBE_TIMEOUT_MS,
    });
    const version = parseVersion(output);
    if (exitCode !== 0 || version === undefined) return output || `exit code ${exitCode}`;
    return { ...binaries, ...version, dispose: place.dispose };
  } catch (error) {
    if (error instanceof EmbeddedPostgresError) throw error;
    return error instanceof Error ? error.message : String(error);
  }
}

function programsIn(root: string): Pick<Binaries, 'initdb' | 'postgres' | 'pgCtl'> {
  const ending = process.platform === 'win32' ? '.exe' : '';
  const program = (name: string) => join(root, 'native', 'bin', `${name}${ending}`);
  return { initdb: program('initdb'), postgres: program('postgres'), pgCtl: program('pg_ctl') };
}

/** Reads `postgres (PostgreSQL) 18.4`. */
export function parseVersion(output: string): Pick<Binaries, 'version' | 'majorVersion'> | undefined {
  const version = /\(PostgreSQL\) (\d+(?:\.\d+)*\S*)/.exec(output)?.[1];
  return version === undefined ? undefined : { version, majorVersion: Number.parseInt(version, 10) };
}

function muslError(root: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError({
    code: 'musl_libc',
    what: 'The embedded PostgreSQL needs glibc, and this system has musl (Alpine Linux)',
    where: root,
    remedy: 'Set DATABASE_URL to a PostgreSQL server of your own, or use an image with glibc (node:22-slim).',
  });
}

function unusableError(root: string, failures: readonly string[]): EmbeddedPostgresError {
  return new EmbeddedPostgresError({
    code: 'binaries_unusable',
    what: `The PostgreSQL programs cannot be run: ${failures.join('; ')}`,
    where: root,
    remedy:
      'Run `npm install --include=optional` again, or set DATABASE_URL to a PostgreSQL server of your own.',
  });
}
