/** What went wrong, as a stable word; the message says where and how to mend it. */
export type EmbeddedPostgresErrorCode =
  | 'unsupported_platform'
  | 'binaries_missing'
  | 'binaries_unusable'
  | 'musl_libc'
  | 'data_dir_invalid'
  | 'data_dir_unwritable'
  | 'data_dir_in_use'
  | 'disk_full'
  | 'version_mismatch'
  | 'not_a_cluster'
  | 'account_missing'
  | 'account_change_refused'
  | 'initdb_failed'
  | 'start_failed'
  | 'start_timeout'
  | 'port_unavailable'
  | 'password_rejected'
  | 'restarts_exhausted'
  | 'option_invalid';

export interface EmbeddedPostgresProblem {
  readonly code: EmbeddedPostgresErrorCode;
  /** What happened, without a full stop. */
  readonly what: string;
  /** The file, folder or process concerned. */
  readonly where: string;
  /** How to mend it, as one sentence. */
  readonly remedy: string;
  readonly cause?: unknown;
}

/** The embedded PostgreSQL cannot be used; `message` reads: what (where). How to mend it. */
export class EmbeddedPostgresError extends Error {
  readonly code: EmbeddedPostgresErrorCode;
  readonly where: string;
  readonly remedy: string;

  constructor(problem: EmbeddedPostgresProblem) {
    super(
      `${problem.what} (${problem.where}). ${problem.remedy}`,
      problem.cause === undefined ? undefined : { cause: problem.cause },
    );
    this.name = 'EmbeddedPostgresError';
    this.code = problem.code;
    this.where = problem.where;
    this.remedy = problem.remedy;
  }
}
