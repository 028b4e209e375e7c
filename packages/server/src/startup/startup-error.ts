/** The server cannot start for a reason outside of it; `message` says which and how to mend it. */
export class StartupError extends Error {
  override readonly name = 'StartupError';

  constructor(message: string, cause?: unknown) {
    super(message, { cause });
  }
}
