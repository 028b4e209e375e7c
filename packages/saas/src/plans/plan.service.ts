import {
  COMMON_MASTER_PK,
  CommandService,
  DataService,
  type InvokeContext,
  invalidInput,
  notFound,
  type Page,
  type PageRequest,
  SYSTEM_SCOPE,
} from '@landlord/kernel';
import { Injectable } from '@nestjs/common';
import { MasterService } from '../master/master.service.js';
import { createPlanCommands, PLAN_TYPE, planFromItem, planVersionSk } from './plan.item.js';
import { type Plan } from './plan.js';
import { SEED_PLANS } from './seed-plans.js';

const PLAN_PREFIX = `${PLAN_TYPE}#`;

/** Who is named in the log for what the system does by itself. */
const SEED_CONTEXT: InvokeContext = {
  user: { userId: 'system', tenantCode: null, roles: ['system_admin'] },
  requestId: 'seed',
  source: 'seed',
  ip: null,
  idempotency: null,
};

/** Plans are public, so they are read in the system's scope: a pricing page has no caller. */
@Injectable()
export class PlanService {
  constructor(
    private readonly commandService: CommandService,
    private readonly dataService: DataService,
    private readonly masterService: MasterService,
  ) {}

  async list(page: PageRequest): Promise<Page<Plan>> {
    const query = { ...page, sk: { beginsWith: PLAN_PREFIX } };
    const { items, nextCursor } = await this.dataService.listItemsByPk(COMMON_MASTER_PK, query, {
      scope: SYSTEM_SCOPE,
    });
    return { items: items.map(planFromItem), nextCursor };
  }

  async get(code: string): Promise<Plan> {
    const plan = await this.find(code);
    if (!plan) throw notFound(`plan ${code}`);
    return plan;
  }

  /** The plan that an input names; refused at `path` when there is none, or it is retired. */
  async chosen(code: string, path: string): Promise<Plan> {
    const plan = await this.find(code);
    if (plan?.isActive) return plan;
    throw invalidInput(
      path,
      plan ? `plan "${code}" is retired; choose another` : `there is no plan "${code}"; see GET /plans`,
    );
  }

  /** The version a subscription signed, as it was then. */
  async getVersion(code: string, version: number): Promise<Plan> {
    const key = { pk: COMMON_MASTER_PK, sk: planVersionSk(code, version) };
    const item = await this.dataService.getItem(key, { scope: SYSTEM_SCOPE, includeDeleted: true });
    if (!item) throw new Error(`plan ${code} has no version ${version}`);
    return planFromItem(item);
  }

  /** Gives a new store its plans; a store that ever had any is left alone. */
  async seed(): Promise<void> {
    const query = { limit: 1, includeDeleted: true, sk: { beginsWith: PLAN_PREFIX } };
    const { items } = await this.dataService.listItemsByPk(COMMON_MASTER_PK, query, { scope: SYSTEM_SCOPE });
    if (items.length > 0) return;
    const unit = { commands: SEED_PLANS.flatMap(createPlanCommands), respond: () => null };
    await this.commandService.commit(unit, { invokeContext: SEED_CONTEXT }).catch(async (error: unknown) => {
      // Another process that started at the same time may have been first.
      if (!(await this.find(SEED_PLANS[0]?.code ?? ''))) throw error;
    });
  }

  private async find(code: string): Promise<Plan | null> {
    const item = await this.masterService.getByCode(PLAN_TYPE, code, { scope: SYSTEM_SCOPE });
    return item ? planFromItem(item) : null;
  }
}
