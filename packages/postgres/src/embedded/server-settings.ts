/**
 * For one application on a small machine. Durability is not negotiable here: fsync, full_page_writes and
 * synchronous_commit are said aloud.
 */
const embeddedSettings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '50',
  shared_buffers: '64MB',
  max_wal_size: '512MB',
  min_wal_size: '80MB',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  jit: 'off',
  // No processes for reading ahead and for logical replication, which nobody uses here.
  io_method: 'sync',
  max_logical_replication_workers: '0',
  // Parallel queries take /dev/shm, of which a container has 64 MB.
  max_parallel_workers_per_gather: '0',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_destination: 'stderr',
  logging_collector: 'off',
  log_checkpoints: 'off',
  log_line_prefix: '%m [%p] ',
  // Statements hold tenants' data, which has no place in a log.
  log_min_error_statement: 'panic',
} as const;

export interface ServerArguments {
  readonly dataDirectory: string;
  readonly port: number;
  readonly clusterName: string;
  readonly settings: Readonly<Record<string, string>>;
}

/** The command line of `postgres`; `settings` replace the embedded ones of the same name. */
export function serverArguments(server: ServerArguments): readonly string[] {
  const settings = { ...embeddedSettings, ...server.settings };
  return [
    '-D',
    server.dataDirectory,
    '-p',
    String(server.port),
    '-c',
    `cluster_name=${server.clusterName}`,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
}
