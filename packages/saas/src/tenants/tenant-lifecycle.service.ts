import {
  CommandService,
  type InvokeContext,
  type Item,
  invalidInput,
  type JsonObject,
  LandlordError,
  SYSTEM_SCOPE,
  untilUncontended,
} from '@landlord/kernel';
import { Injectable } from '@nestjs/common';
import { MembershipService, type Seats } from '../users/membership.service.js';
import { statusAttributes, tenantKey, tenantView } from './tenant.item.js';
import { decideStep, type TenantStep } from './tenant.lifecycle.js';
import { type TenantView, type UpdateTenantInput } from './tenant.schema.js';
import { type FoundTenant, TenantDirectoryService } from './tenant-directory.service.js';

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
      requireChangeable(found);
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
    return untilUncontended(ifMatch, async () => {
      const found = await this.directory.findBelow(context, tenantCode);
      const decision = decideStep(found.tenant.status, step);
      if (!decision.ok) throw new LandlordError('invalid_transition', decision.message);
      if (step === 'close' && (await this.directory.hasDependants(tenantCode)))
        throw new LandlordError(
          'invalid_transition',
          'tenants below live on its subscription; close those first (see its children)',
        );
      const attributes = { ...statusAttributes(decision.status), statusReason: reason ?? null };
      const released = step === 'close' ? await this.memberships.releaseOf(found.tenant) : null;
      return this.commit(context, found, { ifMatch, attributes, ...(released ? { released } : {}) });
    });
  }

  private commit(
    context: InvokeContext,
    { item, tenant }: FoundTenant,
    change: { ifMatch: number | null; attributes: JsonObject; name?: string; released?: Seats },
  ): Promise<TenantView> {
    const { ifMatch, released = { commands: [], checks: [] }, ...changed } = change;
    const command = {
      kind: 'partial' as const,
      ...tenantKey(tenant.code),
      version: ifMatch ?? item.version,
      ...changed,
    };
    const respond = ([after = null]: readonly (Item | null)[]) => ({ ...tenantView(after ?? item) });
    return this.commandService.commit(
      { commands: [command, ...released.commands], checks: released.checks, respond },
      { invokeContext: context, scope: SYSTEM_SCOPE },
    ) as Promise<TenantView>;
  }
}

function requireChangeable({ tenant: { code, status } }: FoundTenant): void {
  if (status === 'active' || status === 'suspended') return;
  throw new LandlordError('invalid_transition', `${code} is ${status}; nothing of it can be changed`);
}
