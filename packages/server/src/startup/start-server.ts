import { type Clock, type Store, SystemClock } from '@landlord/kernel';
import { PlanService, ReservationExpiry, SubscriptionRenewals } from '@landlord/saas';
import { type Type } from '@nestjs/common';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Logger } from 'pino';
import { TestClock } from '../clock/test-clock.js';
import { type ClockConfig, type ServerConfig } from '../config.js';
import { type DueRunner, startDueWork } from '../due/due-work.js';
import { createLogger } from '../http/logger.js';
import { startMaintenance } from '../maintenance/maintenance.js';
import { UsageRetentionRunner } from '../maintenance/usage-retention.js';
import { createApplication, type ModuleImport } from './application.js';
import { listen } from './listen.js';
import { type Seeder, seed } from './seed.js';
import { openStorage, type Storage } from './storage.js';
import { openTokens } from './tokens.js';
import { Undo } from './undo.js';

export interface ServerOverrides {
  /** Instead of the configured database; closed with the server. */
  readonly store?: Store;
  readonly clock?: Clock;
  /** Instead of the capabilities of `@landlord/saas` and what they seed. */
  readonly modules?: readonly ModuleImport[];
  readonly seeders?: readonly Type<Seeder>[];
  readonly dueRunners?: readonly Type<DueRunner>[];
  readonly logger?: Logger;
}

export interface RunningServer {
  /** Such as `http://127.0.0.1:3000`, without a slash at the end. */
  readonly url: string;
  readonly app: NestFastifyApplication;
  readonly logger: Logger;
  /** Settles when the database is gone for good. Never rejects. */
  readonly failed: Promise<Error>;
  /** Finishes the requests in flight (10 s at most), the feed and the store, in this order. */
  readonly stop: () => Promise<void>;
}

/** What a new store begins with. */
export const SEEDERS: readonly Type<Seeder>[] = [PlanService];

/** What falls due as time passes, in the order to run it. */
export const DUE_RUNNERS: readonly Type<DueRunner>[] = [
  SubscriptionRenewals,
  ReservationExpiry,
  UsageRetentionRunner,
];

/** Starts everything and serves. On failure nothing is left running. */
export async function startServer(
  config: ServerConfig,
  overrides: ServerOverrides = {},
): Promise<RunningServer> {
  const logger = overrides.logger ?? createLogger(config.logLevel);
  const undo = new Undo();
  try {
    const storage = await storageOf(config, overrides, logger);
    undo.add(storage.close);
    const { store } = storage;
    const clock = overrides.clock ?? (await openClock(config.clock, store));
    const tokens = await openTokens(config, { store, clock, logger });
    const { modules } = overrides;
    const dueRunners = overrides.dueRunners ?? (modules ? [] : DUE_RUNNERS);
    const { usageRetention } = config;
    const parts = { store, clock, ...tokens, logger, dueRunners, usageRetention };
    const app = await createApplication({ ...parts, ...(modules ? { modules } : {}) });
    undo.add(() => app.close());
    const onError = (message: string, error: unknown) => logger.error({ err: error }, message);
    undo.add(startMaintenance({ store, clock, onError }));
    await seed(app, overrides.seeders ?? (modules ? [] : SEEDERS));
    const runners = dueRunners.map((runner) => app.get(runner, { strict: false }));
    undo.add(startDueWork({ runners, clock, onError }));
    const listening = await listen(app, config);
    undo.add(listening.finish);
    return { url: listening.url, app, logger, failed: storage.failed, stop: () => undo.run() };
  } catch (error) {
    await undo.run();
    throw error;
  }
}

async function storageOf(config: ServerConfig, { store }: ServerOverrides, logger: Logger): Promise<Storage> {
  if (!store) return openStorage(config, logger);
  return { store, failed: new Promise(() => undefined), close: () => store.close() };
}

async function openClock(config: ClockConfig, store: Store): Promise<Clock> {
  const system = new SystemClock();
  return config.kind === 'system' ? system : TestClock.open(store, config.start ?? system.now());
}
