import { Inject, Injectable } from '@nestjs/common';
import { type Clock } from '../pure/clock.js';
import { LandlordError } from '../pure/errors.js';
import { type JsonValue } from '../pure/json.js';
import { type Command, type FullInput, type IncrementInput, type PartialInput } from './command.js';
import { type InvokeContext } from './context.js';
import { FeedRunner } from './feed.runner.js';
import { type Item, type Origin } from './item.js';
import { refusalError } from './refusal.js';
import { scopeOf } from './scope.js';
import {
  type CommitResult,
  type IdempotencyClaim,
  type Scope,
  type Store,
  type UnitGroup,
  type UnitOfWork,
  type UnitResult,
} from './store.js';
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

/** What became of one of several units: `error` is what `commit` would have thrown. */
export type UnitOutcome =
  | { readonly status: 'committed'; readonly items: readonly (Item | null)[] }
  | { readonly status: 'failed'; readonly error: unknown };

type Committed = Extract<CommitResult, { status: 'committed' | 'replayed' }>;

/**
 * The only way to change items. Each call is one transaction: command, new state and change for the feed.
 * Throws `version_conflict`, `not_found`, `out_of_bounds`, `validation_failed`, `idempotency_mismatch`.
 */
@Injectable()
export class CommandService {
  private readonly usedClaims = new WeakSet<IdempotencyClaim>();

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
    const result = await this.commitUnit(unit, options);
    if ('result' in result) return result.result as T;
    return unit.respond(result.items);
  }

  /**
   * Many units that do not depend on each other, at most `GROUP_UNITS_LIMIT`, in one transaction; each all or none. One
   * that fails holds up no other: where the transaction fails as a whole, each unit goes alone. Not for requests
   * under an idempotency key. Resolves always, with an outcome for each unit in their order.
   */
  async commitEach(
    units: UnitGroup['units'],
    { invokeContext, scope = scopeOf(invokeContext) }: CommandOptions,
  ): Promise<readonly UnitOutcome[]> {
    if (invokeContext.idempotency)
      throw new Error(`${invokeContext.source} commits many units under one idempotency key`);
    if (units.length === 0) return [];
    return this.commitGroup({ scope, origin: this.origin(invokeContext), units });
  }

  private async commitGroup(group: UnitGroup): Promise<readonly UnitOutcome[]> {
    try {
      return (await this.store.commitEach(group)).map(outcomeOf);
    } catch (error) {
      if (group.units.length === 1 || isUnavailable(error))
        return group.units.map(() => ({ status: 'failed', error }));
    }
    const outcomes: UnitOutcome[] = [];
    for (const unit of group.units) outcomes.push(...(await this.commitGroup({ ...group, units: [unit] })));
    return outcomes;
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
    const respond = ([item = null]: readonly (Item | null)[]) => item as unknown as JsonValue;
    return (await this.commit({ commands: [command], respond }, options)) as unknown as Item | null;
  }

  private async commitUnit<T extends JsonValue>(
    unit: UnitInput<T>,
    options: CommandOptions,
  ): Promise<Committed> {
    const { invokeContext, scope = scopeOf(options.invokeContext) } = options;
    const claim = this.unusedClaim(invokeContext);
    const result = await this.store.commit({
      scope,
      origin: this.origin(invokeContext),
      commands: unit.commands,
      ...(unit.checks ? { checks: unit.checks } : {}),
      ...(claim ? { idempotency: { ...claim, respond: unit.respond } } : {}),
    });
    if (claim && (result.status === 'committed' || result.status === 'replayed')) this.usedClaims.add(claim);
    return committedFrom(result);
  }

  /** A request under an idempotency key commits one unit of work: a second would be taken for a repetition of the first. */
  private unusedClaim({ idempotency, source }: InvokeContext): IdempotencyClaim | null {
    if (idempotency && this.usedClaims.has(idempotency)) {
      throw new Error(`${source} commits twice under one idempotency key; make it one unit of work`);
    }
    return idempotency;
  }

  private async delivered(item: Item | null): Promise<Item | null> {
    if (item) await this.feedRunner.deliver(item, item.version);
    return item;
  }
}

function outcomeOf(result: UnitResult): UnitOutcome {
  return result.status === 'committed' ? result : { status: 'failed', error: refusalError(result.refusal) };
}

/** What is true of all units: to try each alone would not help. */
function isUnavailable(error: unknown): boolean {
  return error instanceof LandlordError && error.code === 'unavailable';
}

function committedFrom(result: CommitResult): Committed {
  switch (result.status) {
    case 'committed':
    case 'replayed':
      return result;
    case 'refused':
      throw refusalError(result.refusal);
    case 'idempotency_mismatch':
      throw idempotencyMismatch();
  }
}

export function idempotencyMismatch(): LandlordError {
  return new LandlordError(
    'idempotency_mismatch',
    'this Idempotency-Key was used for another request; use a new key for a new request',
    { errors: [{ path: 'headers.idempotency-key', message: 'was used for another request' }] },
  );
}
