// Compiles all packages: quiet unless something is wrong, and then on standard error.
// `node scripts/build.mjs`, or `buildIfNeeded()` from another script.
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const packagesFolder = join(root, 'packages');
const cacheFolder = join(root, 'node_modules', '.cache', 'landlord');
const stampFile = join(cacheFolder, 'build-stamp');
const lockFile = join(cacheFolder, 'build-lock');
const LOCK_TIMEOUT_MS = 300_000;
const LOCK_POLL_MS = 100;

/** Exit code 0 when everything compiled. */
export function build() {
  return underLock(compile);
}

/** Like `build`, but looks only at times of files when nothing has changed since the last one. */
export function buildIfNeeded() {
  if (isUpToDate()) return 0;
  return underLock(() => (isUpToDate() ? 0 : compile()));
}

function compile() {
  const startedAt = new Date();
  for (const name of packageNames()) removeStaleOutputs(join(packagesFolder, name));
  const compiler = createRequire(import.meta.url).resolve('typescript/package.json');
  const bin = join(dirname(compiler), 'bin', 'tsc');
  const { status, error } = spawnSync(process.execPath, [bin, '-b', root], { stdio: ['ignore', 2, 2] });
  if (error) throw error;
  if (status !== 0) return status ?? 1;
  writeFileSync(stampFile, `${startedAt.toISOString()}\n`);
  utimesSync(stampFile, startedAt, startedAt);
  return 0;
}

function packageNames() {
  return readdirSync(packagesFolder).filter((name) =>
    existsSync(join(packagesFolder, name, 'tsconfig.json')),
  );
}

function isUpToDate() {
  if (!existsSync(stampFile)) return false;
  const builtAtMs = statSync(stampFile).mtimeMs;
  const configs = ['tsconfig.json', 'tsconfig.base.json'].map((name) => join(root, name));
  const inputs = packageNames().flatMap((name) => [
    join(packagesFolder, name, 'tsconfig.json'),
    ...tree(join(packagesFolder, name, 'src')),
  ]);
  const outputs = packageNames().map((name) => join(packagesFolder, name, 'dist', '.tsbuildinfo'));
  return (
    outputs.every((file) => existsSync(file)) &&
    [...configs, ...inputs].every((file) => statSync(file).mtimeMs < builtAtMs)
  );
}

/** Files and folders: a folder's own time tells of removals. */
function tree(folder) {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  const inner = entries.map((entry) => join(folder, entry.name));
  return [folder, ...inner.flatMap((path, index) => (entries[index].isDirectory() ? tree(path) : [path]))];
}

/** tsc leaves what it once wrote; a test whose source is gone would go on running. */
function removeStaleOutputs(packageFolder) {
  const dist = join(packageFolder, 'dist');
  for (const path of tree(dist).filter((candidate) => /\.(d\.ts|js|js\.map)$/.test(candidate))) {
    const source = join(packageFolder, 'src', relative(dist, path)).replace(/\.(d\.ts|js|js\.map)$/, '');
    if (!existsSync(`${source}.ts`) && !existsSync(`${source}.tsx`)) rmSync(path, { force: true });
  }
}

/** One build at a time: a server and a token command may start together in a fresh checkout. */
function underLock(work) {
  mkdirSync(cacheFolder, { recursive: true });
  const deadlineMs = Date.now() + LOCK_TIMEOUT_MS;
  while (!tryLock()) {
    if (isAbandoned()) rmSync(lockFile, { force: true });
    else if (Date.now() > deadlineMs)
      throw new Error(`another build is still running; if none is, remove ${lockFile}`);
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_POLL_MS);
  }
  try {
    return work();
  } finally {
    rmSync(lockFile, { force: true });
  }
}

function tryLock() {
  try {
    const file = openSync(lockFile, 'wx');
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function isAbandoned() {
  try {
    const pid = Number(readFileSync(lockFile, 'utf8'));
    // Between creation and writing it is empty: that owner is alive.
    if (pid === 0) return Date.now() - statSync(lockFile).mtimeMs > 10_000;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = build();
