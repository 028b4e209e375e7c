import type { Account } from './account.js';
import type { Binaries } from './binaries.js';
import type { DataLayout } from './data-layout.js';

/** A PostgreSQL cluster (one data directory) and what it takes to run its programs. */
export interface Cluster {
  readonly layout: DataLayout;
  readonly binaries: Binaries;
  /** Undefined: the same user as this process. */
  readonly account: Account | undefined;
}

export const OWNER_ROLE = 'landlord';
export const DATABASE = 'landlord';

/**
 * What `-D` says. Another account may be unable to walk to the folder (a checkout under /root), and the
 * permissions above are not ours to change. But a process started there is inside: Node.js changes to
 * the folder before it changes the user, and /proc/self/cwd leads there without walking.
 */
export function dataArgument(directory: string, account: Account | undefined): string {
  return account !== undefined && process.platform === 'linux' ? '/proc/self/cwd' : directory;
}
