import {
  CommandService,
  DataService,
  type InvokeContext,
  type Item,
  invalidInput,
  type JsonObject,
  LandlordError,
  notFound,
  type Page,
  type PageRequest,
  STORE,
  type Store,
  SYSTEM_SCOPE,
  tenantPk,
  untilUncontended,
  VERSION_FIRST,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import {
  GROUPS_PER_ROLE_LIMIT,
  ROLES_LIMIT,
  withGroup,
  withoutGroup,
  withSettingGroups,
} from './tenant.groups.js';
import {
  createGroupCommand,
  GROUP_PREFIX,
  groupKey,
  groupView,
  tenantKey,
  tenantView,
} from './tenant.item.js';
import { type RoleGroups } from './tenant.js';
import { requireOpen } from './tenant.lifecycle.js';
import { type CreateGroupInput, type GroupView, type TenantView } from './tenant.schema.js';
import { TenantDirectoryService } from './tenant-directory.service.js';

type Change = (before: readonly RoleGroups[]) => readonly RoleGroups[];

/** The groups of a tenant, and for which roles' members their settings hold. */
@Injectable()
export class TenantGroupService {
  constructor(
    private readonly commandService: CommandService,
    private readonly dataService: DataService,
    private readonly directory: TenantDirectoryService,
    @Inject(STORE) private readonly store: Store,
  ) {}

  async list(context: InvokeContext, tenantCode: string, page: PageRequest): Promise<Page<GroupView>> {
    await this.directory.find(context, tenantCode);
    const query = { ...page, sk: { beginsWith: GROUP_PREFIX } };
    const found = await this.dataService.listItemsByPk(tenantPk(tenantCode), query, { scope: SYSTEM_SCOPE });
    return { items: found.items.map(groupView), nextCursor: found.nextCursor };
  }

  /** `already_exists` when there is one with the code; one removed before may come again. */
  async create(context: InvokeContext, tenantCode: string, input: CreateGroupInput): Promise<GroupView> {
    requireOpen((await this.directory.find(context, tenantCode)).tenant);
    const before = await this.store.get(SYSTEM_SCOPE, groupKey(tenantCode, input.code));
    if (before && !before.isDeleted) throw taken(input.code);
    const command = createGroupCommand(tenantCode, input, before?.version ?? VERSION_FIRST);
    const respond = ([item = null]: readonly (Item | null)[]) => ({ ...groupView(present(item)) });
    return this.commandService
      .commit({ commands: [command], respond }, { invokeContext: context, scope: SYSTEM_SCOPE })
      .catch((error: unknown) => {
        throw error instanceof LandlordError && error.code === 'version_conflict' ? taken(input.code) : error;
      }) as Promise<GroupView>;
  }

  /** Removes the group, and from the roles it held for. */
  remove(
    context: InvokeContext,
    tenantCode: string,
    { group, ifMatch }: { group: string; ifMatch: number | null },
  ): Promise<TenantView> {
    return this.change(context, tenantCode, {
      ifMatch,
      groups: [group],
      change: (before) => withoutGroup(before, group),
      also: (item) => [
        { kind: 'partial', ...groupKey(tenantCode, group), version: item.version, isDeleted: true },
      ],
      missing: () => notFound('group'),
    });
  }

  /** The group holds for the members with the role, too. */
  addToRole(
    context: InvokeContext,
    tenantCode: string,
    { groupId, role, ifMatch = null }: { groupId: string; role: string; ifMatch?: number | null },
  ): Promise<TenantView> {
    return this.change(context, tenantCode, {
      ifMatch,
      groups: [groupId],
      change: (before) => withGroup(before, { role, group: groupId }),
      missing: () => invalidInput('groupId', 'there is no such group'),
    });
  }

  /** For the members with the role exactly these hold, nearest first. */
  customize(
    context: InvokeContext,
    tenantCode: string,
    {
      role,
      settingGroups,
      ifMatch = null,
    }: { role: string; settingGroups: readonly string[]; ifMatch?: number | null },
  ): Promise<TenantView> {
    return this.change(context, tenantCode, {
      ifMatch,
      groups: settingGroups,
      change: (before) => withSettingGroups(before, { role, settingGroups }),
      missing: (index) => invalidInput(`settingGroups.${index}`, 'there is no such group'),
    });
  }

  private change(
    context: InvokeContext,
    tenantCode: string,
    work: {
      ifMatch: number | null;
      groups: readonly string[];
      change: Change;
      also?: (group: Item) => readonly Parameters<CommandService['commit']>[0]['commands'][number][];
      missing: (index: number) => LandlordError;
    },
  ): Promise<TenantView> {
    return untilUncontended(work.ifMatch, async () => {
      const { item, tenant } = await this.directory.find(context, tenantCode);
      requireOpen(tenant);
      const groups = await this.existing(tenantCode, work.groups, work.missing);
      const settingGroups = work.change(tenant.settingGroups);
      if (settingGroups.length > ROLES_LIMIT)
        throw invalidInput('role', `at most ${ROLES_LIMIT} roles can have groups`);
      if (settingGroups.some(({ groups: codes }) => codes.length > GROUPS_PER_ROLE_LIMIT))
        throw invalidInput('groupId', `a role can have at most ${GROUPS_PER_ROLE_LIMIT} groups`);
      const attributes = { settingGroups } as unknown as JsonObject;
      const commands = [
        {
          kind: 'partial' as const,
          ...tenantKey(tenantCode),
          version: work.ifMatch ?? item.version,
          attributes,
        },
        ...(work.also ? groups.flatMap(work.also) : []),
      ];
      const isWritten = new Set(work.also ? groups.map(({ sk }) => sk) : []);
      const checks = groups.filter(({ sk }) => !isWritten.has(sk)).slice(0, 100);
      const respond = ([after = null]: readonly (Item | null)[]) => ({ ...tenantView(after ?? item) });
      return this.commandService.commit(
        { commands, checks, respond },
        { invokeContext: context, scope: SYSTEM_SCOPE },
      ) as Promise<TenantView>;
    });
  }

  private async existing(
    tenantCode: string,
    groups: readonly string[],
    missing: (index: number) => LandlordError,
  ): Promise<Item[]> {
    const keys = groups.map((group) => groupKey(tenantCode, group));
    const items = await this.store.getMany(SYSTEM_SCOPE, keys);
    return items.map((item, index) => {
      if (item && !item.isDeleted) return item;
      throw missing(index);
    });
  }
}

function taken(code: string): LandlordError {
  return new LandlordError('already_exists', `a group "${code}" already exists; choose another code`);
}

function present(item: Item | null): Item {
  if (!item) throw new Error('a new group is an item');
  return item;
}
