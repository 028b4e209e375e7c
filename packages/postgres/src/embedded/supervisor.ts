import { setTimeout as delay } from 'node:timers/promises';
import { type BringUp, bringUp } from './bring-up.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';
import { guardExit } from './exit-guard.js';
import { freePort } from './free-port.js';
import { nextPauseMs, RESTART_WINDOW_MS } from './restart-policy.js';
import { type ServerProcess, shutDown } from './server-process.js';
import { sendSignal } from './termination.js';

/** A server that cannot even start will not the sixth time: the disk is full, say. */
const MAX_FAILED_STARTS = 5;

export type Supervised = Omit<BringUp, 'signal' | 'pickPort' | 'onLaunch'>;

/** Keeps one server running until it is told to stop, or until it cannot. */
export class Supervisor {
  readonly failed: Promise<EmbeddedPostgresError>;
  readonly #supervised: Supervised;
  readonly #stopping = new AbortController();
  readonly #listeners = new Set<() => void>();
  readonly #releaseGuard: () => void;
  #announceFailure: (error: EmbeddedPostgresError) => void = () => {};
  #server: ServerProcess | undefined;
  #restarting: Promise<void> = Promise.resolve();
  #restartsMs: readonly number[] = [];

  constructor(supervised: Supervised) {
    this.#supervised = supervised;
    this.failed = new Promise((resolve) => {
      this.#announceFailure = resolve;
    });
    this.#releaseGuard = guardExit(() => this.#lastWord());
  }

  /** Starts the server; its port. */
  async start(): Promise<number> {
    try {
      const server = await this.#bringUp(freePort);
      this.#watch(server);
      return server.port;
    } catch (error) {
      this.#releaseGuard();
      throw error;
    }
  }

  onRestart(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Whether the server has ended. */
  async stop(): Promise<boolean> {
    const { cluster, options } = this.#supervised;
    this.#stopping.abort();
    await this.#restarting;
    const ended =
      this.#server === undefined || (await shutDown(this.#server, cluster, options.stopTimeoutMs));
    this.#releaseGuard();
    return ended;
  }

  #bringUp(pickPort: () => Promise<number>): Promise<ServerProcess> {
    return bringUp({
      ...this.#supervised,
      pickPort,
      signal: this.#stopping.signal,
      onLaunch: (server) => {
        this.#server = server;
      },
    });
  }

  #watch(server: ServerProcess): void {
    void server.ended.then(() => {
      if (!this.#stopping.signal.aborted) this.#restarting = this.#restart(server.port);
    });
  }

  /** Tries until the server is ready, the restarts are used up or a stop is asked for. Never rejects. */
  async #restart(port: number): Promise<void> {
    const { options } = this.#supervised;
    let cause: unknown;
    let failedStarts = 0;
    while (!this.#stopping.signal.aborted) {
      const nowMs = performance.now();
      const pauseMs = nextPauseMs(
        { restartsMs: this.#restartsMs, nowMs, maxRestarts: options.maxRestarts },
        Math.random(),
      );
      if (pauseMs === undefined || failedStarts >= MAX_FAILED_STARTS) return this.#fail(cause);
      this.#restartsMs = [...this.#restartsMs, nowMs].slice(-options.maxRestarts);
      options.log({ level: 'warn', message: 'PostgreSQL ended unexpectedly; starting it again' });
      try {
        await delay(pauseMs, undefined, { signal: this.#stopping.signal });
        this.#watch(await this.#bringUp(async () => port));
        return this.#announceRestart(performance.now() - nowMs);
      } catch (error) {
        cause = error;
        failedStarts += 1;
      }
    }
  }

  #announceRestart(tookMs: number): void {
    const message = `PostgreSQL runs again after ${Math.round(tookMs)} ms`;
    this.#supervised.options.log({ level: 'info', message });
    for (const listener of this.#listeners) listener();
  }

  #fail(cause: unknown): void {
    const { options, cluster } = this.#supervised;
    const reason = cause instanceof Error ? `: ${cause.message}` : '';
    const error = new EmbeddedPostgresError({
      code: 'restarts_exhausted',
      what: `PostgreSQL ended unexpectedly and cannot be kept running: ${MAX_FAILED_STARTS} starts failed one after the other, or ${options.maxRestarts} were needed within ${RESTART_WINDOW_MS / 60_000} minutes${reason}`,
      where: cluster.layout.clusterDir,
      remedy: `Read ${cluster.layout.logFile}, mend what it says and start again.`,
      cause,
    });
    options.log({ level: 'error', message: error.message });
    this.#announceFailure(error);
  }

  /** This process ends now: nothing can be awaited, and the server finishes by itself. */
  #lastWord(): void {
    if (this.#server !== undefined && !this.#server.hasEnded()) sendSignal(this.#server.pid, 'SIGINT');
  }
}
