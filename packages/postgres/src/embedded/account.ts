import { readFile, stat } from 'node:fs/promises';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { systemCode } from './system-error.js';

/** The user and group a process runs as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

interface NamedAccount extends Account {
  readonly name: string;
}

const PASSWD_FILE = '/etc/passwd';
/** In this order; `nobody` is there on every Unix. */
const PREFERRED_NAMES = ['landlord', 'nobody'];
const ROOT = 0;
/** The largest that Node.js can start a process with. */
const MAX_ID = 0x7fff_ffff;

/** Reads lines as `name:x:uid:gid:...`; others are passed over. */
export function parsePasswd(text: string): readonly NamedAccount[] {
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    if (name === undefined || !isId(uid) || !isId(gid)) return [];
    return [{ name, uid: Number(uid), gid: Number(gid) }];
  });
}

function isId(text: string | undefined): text is string {
  return text !== undefined && /^\d{1,10}$/.test(text) && Number(text) <= MAX_ID;
}

/** The owner of the cluster unless that is root; else `landlord`, else `nobody`; never root. */
export function chooseAccount(passwd: string, clusterOwner: Account | undefined): Account | undefined {
  const known = parsePasswd(passwd).filter((entry) => entry.uid !== ROOT);
  if (clusterOwner !== undefined && clusterOwner.uid !== ROOT) {
    const entry = known.find(({ uid }) => uid === clusterOwner.uid);
    return { uid: clusterOwner.uid, gid: entry?.gid ?? clusterOwner.gid };
  }
  for (const name of PREFERRED_NAMES) {
    const entry = known.find((candidate) => candidate.name === name);
    if (entry !== undefined) return { uid: entry.uid, gid: entry.gid };
  }
  return undefined;
}

export function runningAsRoot(): boolean {
  return process.getuid?.() === ROOT;
}

/**
 * The account PostgreSQL must run as, which refuses to run as root; undefined when this process is not
 * root and PostgreSQL runs as the same user. Throws `account_missing` when /etc/passwd offers nobody.
 */
export async function serverAccount(clusterDir: string): Promise<Account | undefined> {
  if (!runningAsRoot()) return undefined;
  const account = chooseAccount(await readOrEmpty(PASSWD_FILE), await ownerOf(clusterDir));
  if (account !== undefined) return account;
  throw new EmbeddedPostgresError({
    code: 'account_missing',
    what: 'PostgreSQL refuses to run as root, and there is neither a user "landlord" nor "nobody"',
    where: PASSWD_FILE,
    remedy: 'Add one (useradd --system landlord), start as an ordinary user, or set DATABASE_URL.',
  });
}

async function ownerOf(path: string): Promise<Account | undefined> {
  try {
    const { uid, gid } = await stat(path);
    return { uid, gid };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function readOrEmpty(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return '';
  }
}
