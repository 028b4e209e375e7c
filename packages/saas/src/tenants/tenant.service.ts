import {
  COMMON_TENANT_CODE,
  CommandService,
  DataService,
  type InvokeContext,
  type Item,
  type ItemKey,
  LandlordError,
  notFound,
  type Page,
  type PageRequest,
  SYSTEM_SCOPE,
  TENANT_SK,
  tenantOfPk,
} from '@landlord/kernel';
import { Injectable } from '@nestjs/common';
import { commonView, createCommonCommand, tenantKey } from './tenant.item.js';
import {
  type CommonView,
  type CreateCommonInput,
  type CreateGroupInput,
  type CreateTenantInput,
  type GroupView,
  type ProvisionInput,
  type ProvisionView,
  type TenantView,
  type UpdateTenantInput,
} from './tenant.schema.js';
import { TenantCreationService } from './tenant-creation.service.js';
import { TenantDirectoryService } from './tenant-directory.service.js';
import { TenantGroupService } from './tenant-group.service.js';
import { TenantLifecycleService } from './tenant-lifecycle.service.js';

interface Invocation {
  readonly invokeContext: InvokeContext;
}

/** The tenants: the operations that applications embed. */
@Injectable()
export class TenantService {
  constructor(
    private readonly commandService: CommandService,
    private readonly dataService: DataService,
    private readonly directory: TenantDirectoryService,
    private readonly creation: TenantCreationService,
    private readonly lifecycle: TenantLifecycleService,
    private readonly groups: TenantGroupService,
  ) {}

  /** `getTenant({ pk: 'TENANT#acme-corp', sk: 'MASTER' }, { invokeContext })`; `not_found` for another's. */
  getTenant(key: ItemKey, { invokeContext }: Invocation): Promise<TenantView> {
    return this.get(invokeContext, codeOf(key));
  }

  /** The vendor's own tenant, whose settings hold for all. `already_exists` when it is there. */
  async createCommonTenant(input: CreateCommonInput, { invokeContext }: Invocation): Promise<CommonView> {
    const respond = ([item = null]: readonly (Item | null)[]) => {
      if (!item) throw new Error('the common tenant is an item');
      return { ...commonView(item) };
    };
    const unit = { commands: [createCommonCommand(input)], respond };
    return this.commandService
      .commit(unit, { invokeContext, scope: SYSTEM_SCOPE })
      .catch((error: unknown) => {
        const isThere = error instanceof LandlordError && error.code === 'version_conflict';
        throw isThere ? new LandlordError('already_exists', 'the common tenant already exists') : error;
      }) as Promise<CommonView>;
  }

  async getCommonTenant(): Promise<CommonView> {
    const item = await this.dataService.getItem(tenantKey(COMMON_TENANT_CODE), { scope: SYSTEM_SCOPE });
    if (!item) throw notFound('common tenant');
    return commonView(item);
  }

  /** A tenant without a subscription of its own: below `parentCode` on that one's, otherwise without any yet. */
  createTenant(input: CreateTenantInput, { invokeContext }: Invocation): Promise<TenantView> {
    return this.creation.createTenant(invokeContext, input);
  }

  /** Changes what is named, and nothing else. */
  updateTenant(key: ItemKey, input: UpdateTenantInput, { invokeContext }: Invocation): Promise<TenantView> {
    return this.lifecycle.update(invokeContext, codeOf(key), input);
  }

  /** Closes the tenant: its data stays until it is erased, and its code stays taken. */
  deleteTenant(key: ItemKey, { invokeContext }: Invocation): Promise<TenantView> {
    return this.lifecycle.take(invokeContext, codeOf(key), { step: 'close', ifMatch: null });
  }

  createTenantGroup(
    tenantCode: string,
    input: CreateGroupInput,
    { invokeContext }: Invocation,
  ): Promise<GroupView> {
    return this.groups.create(invokeContext, tenantCode, input);
  }

  /** The group's settings hold for the members with the role. */
  addTenantGroup(
    input: { tenantCode: string; groupId: string; role: string },
    { invokeContext }: Invocation,
  ): Promise<TenantView> {
    return this.groups.addToRole(invokeContext, input.tenantCode, input);
  }

  /** Which groups' settings hold for the role's members, nearest first. */
  customizeSettingGroups(
    input: { tenantCode: string; role: string; settingGroups: readonly string[] },
    { invokeContext }: Invocation,
  ): Promise<TenantView> {
    return this.groups.customize(invokeContext, input.tenantCode, input);
  }

  /** Tenant, subscription, usage and first admin in one transaction. `already_exists` when the slug is taken. */
  provision(context: InvokeContext, input: ProvisionInput): Promise<ProvisionView> {
    return this.creation.provision(context, input);
  }

  /** Any tenant for an operator; otherwise the caller's own and, for an admin, those below; all others are not there. */
  async get(context: InvokeContext, tenantCode: string): Promise<TenantView> {
    return (await this.directory.find(context, tenantCode)).tenant;
  }

  list(page: PageRequest): Promise<Page<TenantView>> {
    return this.directory.list(page);
  }
}

function codeOf({ pk, sk }: ItemKey): string {
  const code = tenantOfPk(pk);
  if (code === null || sk !== TENANT_SK) throw notFound('tenant');
  return code;
}
