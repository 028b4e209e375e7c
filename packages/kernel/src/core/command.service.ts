import { Inject, Injectable } from '@nestjs/common';
import { type Clock } from '../pure/clock.js';
import { LandlordError } from '../pure/errors.js';
import { type JsonValue } from '../pure/json.js';
import { generateId } from '../pure/keys.js';
import { type Command, type FullInput, type IncrementInput, type PartialInput } from './command.js';
import { type InvokeContext } from './context.js';
import { FeedRunner } from './feed.runner.js';
import { type Item, type Origin } from './item.js';
import { refusalError } from './refusal.js';
import { scopeOf } from './scope.js';
import { type CommitResult, type Scope, type Store, type UnitOfWork } from './store.js';
import { CLOCK, STORE } from './tokens.js';

export interface CommandOptions {
  readonly invokeContext: InvokeContext;
  /** Narrower or wider than the caller's own; default: the tenant acted for, else the system. */
  readonly scope?: Scope;
}

export interface UnitInput<T extends JsonValue> {
  readonly commands: readonly Command[];
  readonly checks?: UnitOfWork['checks'];
  /** The answer, from the items as committed (null = unchanged). Kept under the idempotency key, if there is one. */
  readonly respond: (items: readonly (Item | null)[]) => T;
}

/**
 * The only way to change items. Each call is one transaction: command, new state and change for the feed.
 * Throws `version_conflict`, `not_found`, `out_of_bounds`, `validation_failed`, `idempotency_mismatch`.
 */
@Injectable()
export class CommandService {
  constructor(
    @Inject(STORE) private readonly store: Store,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly feedRunner: FeedRunner,
  ) {}

  /** Committed when it resolves. Null when nothing would change. */
  publishAsync(input: FullInput, options: CommandOptions): Promise<Item | null> {
    return this.publish({ kind: 'full', ...input }, options);
  }

  /** Like `publishAsync`, and the sync handlers have run. */
  async publishSync(input: FullInput, options: CommandOptions): Promise<Item | null> {
    return this.delivered(await this.publishAsync(input, options));
  }

  publishPartialUpdateAsync(input: PartialInput, options: CommandOptions): Promise<Item | null> {
    return this.publish({ kind: 'partial', ...input }, options);
  }

  async publishPartialUpdateSync(input: PartialInput, options: CommandOptions): Promise<Item | null> {
    return this.delivered(await this.publishPartialUpdateAsync(input, options));
  }

  /** Adds bounded deltas; never a version conflict. Null when all deltas are 0. */
  increment(input: IncrementInput, options: CommandOptions): Promise<Item | null> {
    return this.publish({ kind: 'increment', ...input }, options);
  }

  /**
   * Several commands, all or none. Under the caller's idempotency key this happens once:
   * a repetition gets the first answer, another input under the same key is refused.
   */
  async commit<T extends JsonValue>(unit: UnitInput<T>, options: CommandOptions): Promise<T> {
    const { idempotency } = options.invokeContext;
    const result = await this.store.commit({
      scope: options.scope ?? scopeOf(options.invokeContext),
      origin: this.origin(options.invokeContext),
      commands: unit.commands,
      ...(unit.checks ? { checks: unit.checks } : {}),
      ...(idempotency ? { idempotency: { ...idempotency, respond: unit.respond } } : {}),
    });
    if (result.status === 'replayed') return result.result as T;
    return unit.respond(committedItems(result));
  }

  origin(context: InvokeContext): Origin {
    return {
      userId: context.user.userId,
      requestId: context.requestId,
      source: context.source,
      ip: context.ip,
      at: this.clock.now(),
    };
  }

  private async publish(command: Command, options: CommandOptions): Promise<Item | null> {
    const result = await this.store.commit({
      scope: options.scope ?? scopeOf(options.invokeContext),
      origin: this.origin(options.invokeContext),
      commands: [command],
    });
    const [item] = committedItems(result);
    if (item === undefined) throw new Error(`no result for ${generateId(command.pk, command.sk)}`);
    return item;
  }

  private async delivered(item: Item | null): Promise<Item | null> {
    if (item) await this.feedRunner.deliver(item, item.version);
    return item;
  }
}

function committedItems(result: CommitResult): readonly (Item | null)[] {
  switch (result.status) {
    case 'committed':
      return result.items;
    case 'refused':
      throw refusalError(result.refusal);
    case 'idempotency_mismatch':
      throw idempotencyMismatch();
    case 'replayed':
      throw new Error('a unit without an idempotency key was replayed');
  }
}

export function idempotencyMismatch(): LandlordError {
  return new LandlordError(
    'idempotency_mismatch',
    'this Idempotency-Key was used for another request; use a new key for a new request',
    { errors: [{ path: 'headers.idempotency-key', message: 'was used for another request' }] },
  );
}
