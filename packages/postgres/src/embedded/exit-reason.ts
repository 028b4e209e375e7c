import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { DISK_FULL_REMEDY } from './system-error.js';

/** Why a server ended before it was ready, read from what it logged. */
export type ExitReason = 'port_taken' | 'still_in_use' | 'disk_full' | 'version_mismatch' | 'other';

const patterns: readonly (readonly [ExitReason, RegExp])[] = [
  ['disk_full', /No space left on device|Disk quota exceeded/],
  ['port_taken', /could not bind IPv4 address|could not create any TCP\/IP sockets|Address already in use/],
  ['still_in_use', /pre-existing shared memory block|lock file "postmaster\.pid" already exists/],
  ['version_mismatch', /database files are incompatible with server/],
];

export function exitReason(logged: string): ExitReason {
  return patterns.find(([, pattern]) => pattern.test(logged))?.[0] ?? 'other';
}

export interface FailedStart {
  readonly reason: ExitReason;
  readonly logged: string;
  readonly logFile: string;
  readonly clusterDir: string;
}

export function explainFailedStart({
  reason,
  logged,
  logFile,
  clusterDir,
}: FailedStart): EmbeddedPostgresError {
  const said = lastComplaints(logged);
  switch (reason) {
    case 'disk_full':
      return new EmbeddedPostgresError({
        code: 'disk_full',
        what: `The disk of the data folder is full: ${said}`,
        where: clusterDir,
        remedy: DISK_FULL_REMEDY,
      });
    case 'port_taken':
      return new EmbeddedPostgresError({
        code: 'port_unavailable',
        what: `PostgreSQL found no free port on 127.0.0.1: ${said}`,
        where: clusterDir,
        remedy: 'Start again; if it happens again, see what takes the ports.',
      });
    case 'still_in_use':
      return new EmbeddedPostgresError({
        code: 'data_dir_in_use',
        what: `Another PostgreSQL uses this cluster: ${said}`,
        where: clusterDir,
        remedy: 'Stop that server (its pid is the first line of postmaster.pid) and start again.',
      });
    case 'version_mismatch':
    case 'other':
      return new EmbeddedPostgresError({
        code: reason === 'other' ? 'start_failed' : reason,
        what: `PostgreSQL ended before it was ready: ${said}`,
        where: clusterDir,
        remedy: `Read ${logFile}, mend what it says and start again.`,
      });
    default:
      return reason satisfies never;
  }
}

const MAX_COMPLAINTS = 3;

function lastComplaints(logged: string): string {
  const lines = logged.trim().split('\n');
  const complaints = lines.filter((line) => /\b(FATAL|PANIC|ERROR|could not)\b/.test(line));
  return (complaints.length > 0 ? complaints : lines).slice(-MAX_COMPLAINTS).join(' / ') || 'it said nothing';
}
