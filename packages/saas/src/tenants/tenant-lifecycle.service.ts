import {
  CLOCK,
  type Clock,
  CommandService,
  DataService,
  type InvokeContext,
  type Item,
  invalidInput,
  type JsonObject,
  LandlordError,
  SYSTEM_SCOPE,
  untilUncontended,
  VERSION_FIRST,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { MeterCatalogueService } from '../meters/meter.catalogue.service.js';
import { SubscriptionDueWork } from '../subscriptions/subscription.due.service.js';
import { endSubscriptionCommands } from '../subscriptions/subscription.ending.item.js';
import { SubscriptionService } from '../subscriptions/subscription.service.js';
import { MembershipService, type Seats } from '../users/membership.service.js';
import { childrenKey, gateCommands, tenantKey, tenantView } from './tenant.item.js';
import { decideStep, requireOpen, type TenantStep } from './tenant.lifecycle.js';
import { type TenantView, type UpdateTenantInput } from './tenant.schema.js';
import { type FoundTenant, TenantDirectoryService } from './tenant-directory.service.js';

const NOTHING: Seats = { commands: [], checks: [] };

export interface StepInput {
  readonly step: Exclude<TenantStep, 'erase'>;
  readonly reason?: string | undefined;
  readonly ifMatch: number | null;
}

/** Changes of a tenant that is there: its facts, and the steps of its life. */
@Injectable()
export class TenantLifecycleService {
  constructor(
    private readonly commandService: CommandService,
    private readonly directory: TenantDirectoryService,
    private readonly memberships: MembershipService,
    private readonly subscriptionService: SubscriptionService,
    private readonly dueWork: SubscriptionDueWork,
    private readonly dataService: DataService,
    private readonly meters: MeterCatalogueService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Names only what is to change. Caps are for operators and admins of a tenant above. */
  update(
    context: InvokeContext,
    tenantCode: string,
    { name, caps, ...rest }: UpdateTenantInput,
    ifMatch: number | null = null,
  ): Promise<TenantView> {
    return untilUncontended(ifMatch, async () => {
      const found = await this.directory[caps ? 'findBelow' : 'find'](context, tenantCode);
      if (caps && found.tenant.billing !== 'parent')
        throw invalidInput('caps', "only a tenant that lives on its parent's subscription can be capped");
      await this.meters.requireMeters('caps', Object.keys(caps ?? {}));
      requireOpen(found.tenant);
      const attributes = { ...rest, ...(caps ? { caps } : {}) };
      return this.commit(context, found, { ifMatch, attributes, ...(name === undefined ? {} : { name }) });
    });
  }

  /**
   * Suspends, resumes or closes. Suspended, nobody but operators gets in, and nothing is lost. Closing is for good.
   * Throws `invalid_transition` for a step that the status does not allow, or while tenants live on its subscription.
   */
  take(
    context: InvokeContext,
    tenantCode: string,
    { step, reason, ifMatch }: StepInput,
  ): Promise<TenantView> {
    // What it rests on beside the tenant, such as its subscription, may move without a word.
    const hasMoved = async () =>
      (await this.directory.findBelow(context, tenantCode)).item.version !== ifMatch;
    return untilUncontended(
      ifMatch,
      async () => {
        const found = await this.directory.findBelow(context, tenantCode);
        requireSay(context, found, step);
        const decision = decideStep(found.tenant.status, step);
        if (!decision.ok) throw new LandlordError('invalid_transition', decision.message);
        const ending = step === 'close' ? await this.closing(found) : NOTHING;
        const gate = gateCommands(tenantCode, found.tenant.status, decision.status);
        const attributes = {
          status: decision.status,
          statusReason: reason ?? null,
          statusBy: authorOf(context),
        };
        return this.commit(context, found, {
          ifMatch,
          attributes,
          commands: [...gate, ...ending.commands],
          checks: ending.checks,
        });
      },
      hasMoved,
    );
  }

  /** What closing ends with the tenant: its seats in a pool, and its subscription. Nobody may have come below it meanwhile. */
  private async closing({ tenant }: FoundTenant): Promise<Seats> {
    const { code } = tenant;
    const children = await this.dataService.getItem(childrenKey(code), { scope: SYSTEM_SCOPE });
    if (await this.directory.hasDependants(code))
      throw new LandlordError(
        'invalid_transition',
        'tenants below live on its subscription; close those first (see its children)',
      );
    const { commands, checks } = await this.memberships.releaseOf(tenant);
    const now = this.clock.now();
    const found = await this.subscriptionService.findItem(code);
    if (found) await this.dueWork.bringUpToDate(found, now);
    const subscription = found && (await this.subscriptionService.findItem(code));
    const ended = subscription ? endSubscriptionCommands(subscription, now) : [];
    return {
      commands: [...commands, ...ended],
      checks: [...checks, { ...childrenKey(code), version: children?.version ?? VERSION_FIRST }],
    };
  }

  private commit(
    context: InvokeContext,
    { item, tenant }: FoundTenant,
    change: { ifMatch: number | null; attributes: JsonObject; name?: string } & Partial<Seats>,
  ): Promise<TenantView> {
    const { ifMatch, commands = [], checks = [], ...changed } = change;
    const command = {
      kind: 'partial' as const,
      ...tenantKey(tenant.code),
      version: ifMatch ?? item.version,
      ...changed,
    };
    const respond = ([after = null]: readonly (Item | null)[]) => ({ ...tenantView(after ?? item) });
    return this.commandService.commit(
      { commands: [command, ...commands], checks, respond },
      { invokeContext: context, scope: SYSTEM_SCOPE },
    ) as Promise<TenantView>;
  }
}

function authorOf({ user: { roles } }: InvokeContext): 'operator' | 'ancestor' {
  return roles.includes('system_admin') ? 'operator' : 'ancestor';
}

/** An admin above decides about those that live on the own subscription, and not against an operator. */
function requireSay(context: InvokeContext, { item, tenant }: FoundTenant, step: StepInput['step']): void {
  if (authorOf(context) === 'operator') return;
  if (tenant.billing === 'own')
    throw new LandlordError('forbidden', 'the tenant has a subscription of its own: ask an operator');
  if (step === 'resume' && item.attributes.statusBy === 'operator')
    throw new LandlordError('forbidden', 'an operator suspended the tenant, and only an operator resumes it');
}
