import {
  CLOCK,
  type Clock,
  CommandService,
  type InvokeContext,
  type Item,
  invalidInput,
  isTenantCode,
  type PageRequest,
  STORE,
  type Store,
  SYSTEM_SCOPE,
  UNIT_COMMANDS_LIMIT,
  untilUncontended,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { matchingPage } from '../http/matching-page.js';
import { PlanService } from '../plans/plan.service.js';
import { changeCommands, SubscriptionDueWork } from './subscription.due.service.js';
import { SUBSCRIPTION_TYPE, subscriptionFromItem } from './subscription.item.js';
import {
  type MigrationDecision,
  type MigrationInput,
  migrate,
  type SkipReason,
} from './subscription.migration.js';
import { type MigrationRequest, type MigrationView } from './subscription.migration.schema.js';
import { SubscriptionService } from './subscription.service.js';

interface Move {
  readonly item: Item;
  readonly decision: Extract<MigrationDecision, { kind: 'move' }>;
}

/** Each writes itself and what tells of it. */
const MOVES_LIMIT = Math.floor(UNIT_COMMANDS_LIMIT / 2);

interface Skip {
  readonly tenantCode: string;
  readonly reason: SkipReason;
}

/** Of these a migration of everyone says nothing. */
const ELSEWHERE: ReadonlySet<SkipReason> = new Set(['other_plan', 'ended']);

interface Candidates {
  readonly decided: readonly (Move | Skip)[];
  readonly nextCursor: string | null;
}

/** Moves subscriptions to a newer version of their plan: for each call one unit of work, so it is done whole or not at all. */
@Injectable()
export class SubscriptionMigration {
  constructor(
    private readonly commandService: CommandService,
    private readonly subscriptionService: SubscriptionService,
    private readonly planService: PlanService,
    private readonly dueWork: SubscriptionDueWork,
    @Inject(STORE) private readonly store: Store,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** At most 12 subscriptions a call; `not_found` without the plan. For operators: it looks across tenants. */
  async migrate(context: InvokeContext, planCode: string, request: MigrationRequest): Promise<MigrationView> {
    const input = await this.inputOf(context, planCode, request);
    return untilUncontended(null, async () => {
      const { decided, nextCursor } = await this.upToDate(input, request);
      const moves = decided.filter(isMove);
      const view = { ...viewOf(decided, { input, dryRun: request.dryRun }), nextCursor };
      const commands = request.dryRun
        ? []
        : moves.flatMap(({ item, decision }) => changeCommands(item, decision));
      return this.commandService.commit({ commands, respond: () => view }, { invokeContext: context });
    });
  }

  private async inputOf(
    { user }: InvokeContext,
    planCode: string,
    { toVersion, fromVersions, when }: MigrationRequest,
  ): Promise<MigrationInput> {
    const { version: newest } = await this.planService.get(planCode);
    if (toVersion !== undefined && toVersion > newest)
      throw invalidInput(
        'toVersion',
        `plan ${planCode} has no version ${toVersion}; its newest is ${newest}`,
      );
    return {
      planCode,
      toVersion: toVersion ?? newest,
      fromVersions: fromVersions ?? null,
      when,
      requestedAt: this.clock.now(),
      requestedBy: user.userId,
    };
  }

  /** What is due for those to be moved is done before, as before any change; a dry run leaves it. */
  private async upToDate(input: MigrationInput, request: MigrationRequest): Promise<Candidates> {
    const found = await this.candidates(input, request);
    const behind = found.decided
      .filter(isMove)
      .filter(({ item }) => this.dueWork.isBehind(item, input.requestedAt));
    if (request.dryRun || behind.length === 0) return found;
    for (const { item } of behind) await this.dueWork.bringUpToDate(item, input.requestedAt);
    return this.candidates(input, request);
  }

  private candidates(input: MigrationInput, request: MigrationRequest): Promise<Candidates> {
    const { tenantCodes, cursor } = request;
    return tenantCodes ? this.ofTenants(tenantCodes, input, cursor) : this.ofEveryone(input, cursor);
  }

  private async ofEveryone(input: MigrationInput, cursor: string | undefined): Promise<Candidates> {
    const read = async (page: PageRequest) => {
      const found = await this.store.itemsByType(SYSTEM_SCOPE, { ...page, type: SUBSCRIPTION_TYPE });
      return { ...found, items: found.items.map((item) => decide(item, input)) };
    };
    const place = cursor === undefined ? {} : { cursor };
    const page = await matchingPage({ limit: MOVES_LIMIT, ...place }, read, isMove);
    const skipped = page.passed.filter((each) => !isMove(each) && !ELSEWHERE.has(each.reason));
    return { decided: [...page.items, ...skipped], nextCursor: page.nextCursor };
  }

  /** In the order of their codes; the cursor is the last code of the call before. */
  private async ofTenants(
    tenantCodes: readonly string[],
    input: MigrationInput,
    cursor: string | undefined,
  ): Promise<Candidates> {
    if (cursor !== undefined && !isTenantCode(cursor))
      throw invalidInput('cursor', 'is none of this list; send nextCursor of the call before');
    const left = [...new Set(tenantCodes)].sort().filter((code) => cursor === undefined || code > cursor);
    const codes = left.slice(0, MOVES_LIMIT);
    const decided = await Promise.all(codes.map((code) => this.ofTenant(code, input)));
    return { decided, nextCursor: left.length > codes.length ? (codes.at(-1) ?? null) : null };
  }

  private async ofTenant(tenantCode: string, input: MigrationInput): Promise<Move | Skip> {
    const item = await this.subscriptionService.findItem(tenantCode);
    return item ? decide(item, input) : { tenantCode, reason: 'no_subscription' };
  }
}

function decide(item: Item, input: MigrationInput): Move | Skip {
  const before = subscriptionFromItem(item);
  const decision = migrate(before, input);
  if (decision.kind === 'skip') return { tenantCode: item.tenantCode, reason: decision.reason };
  return { item, decision };
}

function isMove(decided: Move | Skip): decided is Move {
  return 'decision' in decided;
}

function viewOf(
  decided: readonly (Move | Skip)[],
  { input, dryRun }: { input: MigrationInput; dryRun: boolean },
): Omit<MigrationView, 'nextCursor'> {
  const { planCode, toVersion, when } = input;
  const skipped = decided.filter((each): each is Skip => !isMove(each));
  const matched = decided.length - skipped.length;
  const done = dryRun ? 0 : matched;
  return {
    planCode,
    toVersion,
    dryRun,
    matched,
    migrated: when === 'now' ? done : 0,
    scheduled: when === 'renewal' ? done : 0,
    skipped,
  };
}
