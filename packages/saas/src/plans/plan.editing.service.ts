import {
  CommandService,
  type InvokeContext,
  type Item,
  LandlordError,
  untilUncontended,
} from '@landlord/kernel';
import { Injectable } from '@nestjs/common';
import {
  createPlanCommands,
  PLAN_VERSIONS_LIMIT,
  planFromItem,
  planHeadCommand,
  planView,
} from './plan.item.js';
import { type Plan } from './plan.js';
import { firstVersion, nextVersion, type PlanInput } from './plan.rules.js';
import { type AddedVersionView, type PlanView } from './plan.schema.js';
import { PlanService } from './plan.service.js';

/** What operators do to plans. A version, once made, stays as it is. */
@Injectable()
export class PlanEditingService {
  constructor(
    private readonly commandService: CommandService,
    private readonly planService: PlanService,
  ) {}

  /** Version 1; `already_exists` when the code is taken. */
  async create(context: InvokeContext, input: PlanInput): Promise<PlanView> {
    const commands = createPlanCommands(firstVersion(input));
    const respond = ([head = null]: readonly (Item | null)[]) => viewOfWritten(head);
    try {
      return await this.commandService.commit({ commands, respond }, { invokeContext: context });
    } catch (error) {
      const isTaken = error instanceof LandlordError && error.code === 'version_conflict';
      throw isTaken ? alreadyExists(input.code) : error;
    }
  }

  /** The next version, or none when the newest says the same. */
  addVersion(
    context: InvokeContext,
    { code, input, ifMatch }: { code: string; input: Omit<PlanInput, 'code'>; ifMatch: number | null },
  ): Promise<AddedVersionView> {
    return untilUncontended(ifMatch, async () => {
      const head = await this.planService.getItem(code);
      const newest = planFromItem(head);
      const next = nextVersion(newest, input);
      if (next) refuseBeyondLimit(next);
      const headVersion = ifMatch ?? head.version;
      // Written unchanged, the newest version still answers to If-Match and to the idempotency key.
      const commands = next ? createPlanCommands(next, headVersion) : [planHeadCommand(newest, headVersion)];
      const respond = ([changed = null]: readonly (Item | null)[]) => ({
        ...planView(changed ?? head),
        created: changed !== null,
      });
      return this.commandService.commit({ commands, respond }, { invokeContext: context });
    });
  }

  /** Retires a plan or offers it again; a repetition changes nothing. */
  setActive(
    context: InvokeContext,
    { code, isActive, ifMatch }: { code: string; isActive: boolean; ifMatch: number | null },
  ): Promise<PlanView> {
    return untilUncontended(ifMatch, async () => {
      const head = await this.planService.getItem(code);
      const { pk, sk, version } = head;
      const command = {
        kind: 'partial' as const,
        pk,
        sk,
        version: ifMatch ?? version,
        attributes: { isActive },
      };
      const respond = ([changed = null]: readonly (Item | null)[]) => planView(changed ?? head);
      return this.commandService.commit({ commands: [command], respond }, { invokeContext: context });
    });
  }
}

function viewOfWritten(head: Item | null): PlanView {
  if (!head) throw new Error('a new plan is always written');
  return planView(head);
}

function refuseBeyondLimit({ code, version }: Plan): void {
  if (version <= PLAN_VERSIONS_LIMIT) return;
  throw new LandlordError(
    'out_of_bounds',
    `plan ${code} has ${PLAN_VERSIONS_LIMIT} versions and can have no more; create a new plan`,
  );
}

function alreadyExists(code: string): LandlordError {
  return new LandlordError(
    'already_exists',
    `a plan "${code}" already exists; choose another code, or add a version with POST /plans/${code}/versions`,
  );
}
