import {
  COMMON_MASTER_PK,
  CommandService,
  DataService,
  type Item,
  invalidInput,
  notFound,
  type Page,
  type PageRequest,
  SYSTEM_SCOPE,
  systemContext,
} from '@landlord/kernel';
import { Injectable } from '@nestjs/common';
import { matchingPage } from '../http/matching-page.js';
import { MasterService } from '../master/master.service.js';
import {
  createPlanCommands,
  PLAN_TYPE,
  planFromItem,
  planVersionSk,
  planVersionsPrefix,
  planVersionView,
  planView,
} from './plan.item.js';
import { type Plan } from './plan.js';
import { type PlanVersionView, type PlanView } from './plan.schema.js';
import { SEED_PLANS } from './seed-plans.js';

const SYSTEM = { scope: SYSTEM_SCOPE };

/** Who is named in the log for what the system does by itself. */
const SEED_CONTEXT = systemContext(null, { requestId: 'seed', source: 'seed' });
/** Versions of plans that are not read again. */
const VERSIONS_KEPT = 1_000;

/** Plans are public, so they are read in the system's scope: a pricing page has no caller. */
@Injectable()
export class PlanService {
  private readonly versions = new Map<string, Plan>();

  constructor(
    private readonly commandService: CommandService,
    private readonly dataService: DataService,
    private readonly masterService: MasterService,
  ) {}

  /** The newest versions, by code. A page may be shorter than its limit and still have a next one. */
  async list({
    includeRetired,
    ...page
  }: PageRequest & { includeRetired: boolean }): Promise<Page<PlanView>> {
    const { items, nextCursor } = await matchingPage(
      page,
      (request) => this.masterService.list(PLAN_TYPE, request, SYSTEM),
      (item) => includeRetired || planFromItem(item).isActive,
    );
    return { items: items.map(planView), nextCursor };
  }

  async get(code: string): Promise<PlanView> {
    return planView(await this.getItem(code));
  }

  /** The item of the newest version; `not_found` when there is no such plan. */
  async getItem(code: string): Promise<Item> {
    const item = await this.masterService.getByCode(PLAN_TYPE, code, SYSTEM);
    if (!item) throw notFound(`plan ${code}`);
    return item;
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

  /** Newest first. */
  async listVersions(code: string, page: PageRequest): Promise<Page<PlanVersionView>> {
    await this.getItem(code);
    const query = { ...page, sk: { beginsWith: planVersionsPrefix(code) }, order: 'desc' as const };
    const { items, nextCursor } = await this.dataService.listItemsByPk(COMMON_MASTER_PK, query, SYSTEM);
    return { items: items.map(planVersionView), nextCursor };
  }

  /** As a caller asks for it; `not_found` when it is not there. */
  async showVersion(code: string, version: number): Promise<PlanVersionView> {
    const item = await this.findVersionItem(code, version);
    if (!item) throw notFound(`version ${version} of plan ${code}`);
    return planVersionView(item);
  }

  /** The version a subscription signed, as it was then. */
  async getVersion(code: string, version: number): Promise<Plan> {
    const plan = await this.findVersion(code, version);
    if (!plan) throw new Error(`plan ${code} has no version ${version}`);
    return plan;
  }

  /** Null where `getVersion` would throw. A version never changes, so it is read once. */
  async findVersion(code: string, version: number): Promise<Plan | null> {
    const sk = planVersionSk(code, version);
    const kept = this.versions.get(sk);
    if (kept) return kept;
    const item = await this.findVersionItem(code, version);
    if (!item) return null;
    if (this.versions.size >= VERSIONS_KEPT) this.versions.clear();
    const plan = planFromItem(item);
    this.versions.set(sk, plan);
    return plan;
  }

  /** Gives a new store its plans; a store that ever had any is left alone. */
  async seed(): Promise<void> {
    const query = { limit: 1, includeDeleted: true, sk: { beginsWith: `${PLAN_TYPE}#` } };
    const { items } = await this.dataService.listItemsByPk(COMMON_MASTER_PK, query, SYSTEM);
    if (items.length > 0) return;
    const unit = { commands: SEED_PLANS.flatMap((plan) => createPlanCommands(plan)), respond: () => null };
    await this.commandService.commit(unit, { invokeContext: SEED_CONTEXT }).catch(async (error: unknown) => {
      // Another process that started at the same time may have been first.
      if (!(await this.find(SEED_PLANS[0]?.code ?? ''))) throw error;
    });
  }

  private async find(code: string): Promise<Plan | null> {
    const item = await this.masterService.getByCode(PLAN_TYPE, code, SYSTEM);
    return item ? planFromItem(item) : null;
  }

  private findVersionItem(code: string, version: number): Promise<Item | null> {
    const key = { pk: COMMON_MASTER_PK, sk: planVersionSk(code, version) };
    return this.dataService.getItem(key, { ...SYSTEM, includeDeleted: true });
  }
}
