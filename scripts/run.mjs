// `node scripts/run.mjs <server|token|usage-import|audit-verify> [arguments]`: builds what is missing, then runs the command
// in this process. Nothing but the command itself writes to standard output.
const ENTRIES = {
  server: 'main.js',
  token: 'token/main.js',
  'usage-import': 'usage-import/main.js',
  'audit-verify': 'audit-verify/main.js',
};
const OLDEST_NODE = [20, 19];

const [name = '', ...argv] = process.argv.slice(2);
process.exitCode = await run();
// Whatever a stopped server may have left behind must not keep its process alive.
if (name === 'server') process.exit();

async function run() {
  if (!isNodeNewEnough()) {
    return complain(
      `Landlord needs Node.js ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}.`,
      1,
    );
  }
  if (!Object.hasOwn(ENTRIES, name)) {
    return complain(`usage: node scripts/run.mjs <${Object.keys(ENTRIES).join('|')}> [arguments]`, 2);
  }
  const { buildIfNeeded } = await import('./build.mjs');
  if (process.env.npm_lifecycle_event === 'start') stopWithNpm();
  if (buildIfNeeded() !== 0) return complain('The build failed; the errors are above.', 1);
  const { main } = await import(new URL(`../packages/server/dist/${ENTRIES[name]}`, import.meta.url).href);
  return main(argv, process.env, { stdout: process.stdout, stderr: process.stderr });
}

/** npm passes a signal to the shell between it and this process; the shell dies of it and tells nobody. */
function stopWithNpm() {
  const shell = process.ppid;
  setInterval(() => {
    if (process.ppid !== shell) process.kill(process.pid, 'SIGTERM');
  }, 500).unref();
}

function isNodeNewEnough() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
}

function complain(text, exitCode) {
  process.stderr.write(`${text}\n`);
  return exitCode;
}
