import {
  type DynamicModule,
  Inject,
  Injectable,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { DiscoveryModule, DiscoveryService } from '@nestjs/core';
import { type Clock } from '../pure/clock.js';
import { CommandService } from './command.service.js';
import { DataService } from './data.service.js';
import { dataSyncHandlerOptions, type IDataSyncHandler } from './data-sync-handler.js';
import { DEFAULT_FEED_OPTIONS, type FeedOptions, FeedRunner } from './feed.runner.js';
import { HistoryService } from './history.service.js';
import { type Store } from './store.js';
import { CLOCK, FEED_OPTIONS, STORE } from './tokens.js';

export interface CoreModuleOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly feed?: Partial<FeedOptions>;
  /** False for a process that only writes, such as a command line tool. Default true. */
  readonly runFeed?: boolean;
}

const RUN_FEED = Symbol('RUN_FEED');

/** Finds the sync handlers among the providers and runs the feed as long as the application does. */
@Injectable()
class FeedLifecycle implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly runner: FeedRunner,
    @Inject(RUN_FEED) private readonly runFeed: boolean,
  ) {}

  onApplicationBootstrap(): void {
    for (const { metatype, instance } of this.discovery.getProviders()) {
      const options = typeof metatype === 'function' ? dataSyncHandlerOptions(metatype) : undefined;
      if (options && metatype)
        this.runner.register(metatype.name, options.type, instance as IDataSyncHandler);
    }
    if (this.runFeed) this.runner.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.runner.stop();
  }
}

/** The command core for a NestJS application: commands, reads, history and the change feed over one store. */
@Module({})
export class CoreModule {
  static forRoot(options: CoreModuleOptions): DynamicModule {
    return {
      module: CoreModule,
      global: true,
      imports: [DiscoveryModule],
      providers: [
        { provide: STORE, useValue: options.store },
        { provide: CLOCK, useValue: options.clock },
        { provide: FEED_OPTIONS, useValue: { ...DEFAULT_FEED_OPTIONS, ...options.feed } },
        { provide: RUN_FEED, useValue: options.runFeed ?? true },
        CommandService,
        DataService,
        HistoryService,
        FeedRunner,
        FeedLifecycle,
      ],
      exports: [STORE, CLOCK, CommandService, DataService, HistoryService, FeedRunner],
    };
  }
}
