import { describe, expect, it } from 'vitest';
import { exitReason, explainFailedStart } from './exit-reason.js';

const inUse = 'FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use';
const taken =
  'LOG:  could not bind IPv4 address "127.0.0.1": Address already in use\nFATAL:  could not create any TCP/IP sockets';
const full = 'FATAL:  could not write lock file "postmaster.pid": No space left on device';
const version =
  'FATAL:  database files are incompatible with server\nDETAIL:  initialized by PostgreSQL version 15';

describe('why a server ended', () => {
  it.each([
    [inUse, 'still_in_use', 'data_dir_in_use'],
    ['FATAL:  lock file "postmaster.pid" already exists', 'still_in_use', 'data_dir_in_use'],
    [taken, 'port_taken', 'port_unavailable'],
    [full, 'disk_full', 'disk_full'],
    [`${taken}\n${full}`, 'disk_full', 'disk_full'],
    [version, 'version_mismatch', 'version_mismatch'],
    ['FATAL:  something new', 'other', 'start_failed'],
    ['', 'other', 'start_failed'],
  ] as const)('%j', (logged, reason, code) => {
    expect(exitReason(logged)).toBe(reason);
    const error = explainFailedStart({ reason, logged, logFile: '/l/postgres.log', clusterDir: '/c' });
    expect(error).toMatchObject({ code, where: '/c' });
    expect(error.message).toContain(logged === '' ? 'it said nothing' : 'FATAL:');
  });

  it('repeats complaints, not the whole log', () => {
    const logged = `${'LOG:  fine\n'.repeat(1000)}${'FATAL:  bad\n'.repeat(10)}`;
    const { message } = explainFailedStart({ reason: 'other', logged, logFile: 'l', clusterDir: 'c' });
    expect(message).toContain('FATAL:  bad / FATAL:  bad / FATAL:  bad (c)');
    expect(message).not.toContain('fine');
  });
});
