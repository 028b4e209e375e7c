import {
  type Clock,
  COMMON_TENANT_CODE,
  type Command,
  CommandService,
  type CommitResult,
  compareText,
  DataService,
  DEFAULT_FEED_OPTIONS,
  evolve,
  FeedRunner,
  generateId,
  generatePk,
  type InvokeContext,
  type Item,
  type ItemKey,
  type ItemQuery,
  type Role,
  type Scope,
  type Store,
  tenantOfPk,
  tenantPk,
  type UnitOfWork,
  VERSION_FIRST,
} from '@landlord/kernel';
import { timeZoneOf } from '@landlord/kernel/pure';
import { createTenantCommand, groupKey } from '../tenants/tenant.item.js';
import { ROOT_PLACE, type Tenant } from '../tenants/tenant.js';
import { SettingReader } from './setting.reader.service.js';
import { SettingService } from './setting.service.js';

export const NOW = '2024-01-31T15:00:00.000Z';
const ORIGIN = { userId: 'op', requestId: 'req-0', source: 'test', ip: null, at: NOW };

/** Items in memory, with a store's wall around each tenant. `reads` counts the calls that read. */
export class MemoryStore {
  readonly items = new Map<string, Item>();
  reads = 0;
  /** Runs once, before the next commit: somebody else's write in between. */
  meanwhile: (() => Promise<unknown>) | null = null;

  put(...commands: readonly Command[]): void {
    for (const command of commands) this.apply(command);
  }

  async get(scope: Scope, key: ItemKey): Promise<Item | null> {
    this.reads += 1;
    return this.visible(scope, key);
  }

  async getMany(scope: Scope, keys: readonly ItemKey[]): Promise<(Item | null)[]> {
    this.reads += 1;
    return keys.map((key) => this.visible(scope, key));
  }

  async query(scope: Scope, { pk, sk, limit, order, includeDeleted = false }: ItemQuery) {
    this.reads += 1;
    const found = [...this.items.values()]
      .filter((item) => item.pk === pk && isVisible(scope, pk) && (includeDeleted || !item.isDeleted))
      .filter((item) => !sk || isWithin(item.sk, sk))
      .sort((left, right) => compareText(left.sk, right.sk));
    const items = order === 'desc' ? found.reverse() : found;
    return { items: items.slice(0, limit), nextCursor: found.length > limit ? 'more' : null };
  }

  async commit({ commands, origin, scope }: UnitOfWork): Promise<CommitResult> {
    const { meanwhile } = this;
    this.meanwhile = null;
    await meanwhile?.();
    const evolved = commands.map((command) => {
      const isOwn = scope.kind === 'system' || tenantOfPk(command.pk) === scope.tenantCode;
      if (!isOwn) throw new Error(`${command.pk} is outside the scope`);
      return evolve(this.items.get(generateId(command.pk, command.sk)) ?? null, command, origin);
    });
    for (const evolution of evolved) if (evolution.status === 'refused') return evolution;
    const items = evolved.map((evolution) => (evolution.status === 'changed' ? evolution.item : null));
    for (const item of items) if (item) this.items.set(generateId(item.pk, item.sk), item);
    return { status: 'committed', items };
  }

  private apply(command: Command): void {
    const name = generateId(command.pk, command.sk);
    const evolution = evolve(this.items.get(name) ?? null, command, ORIGIN);
    if (evolution.status !== 'changed') throw new Error(JSON.stringify(evolution));
    this.items.set(name, evolution.item);
  }

  private visible(scope: Scope, { pk, sk }: ItemKey): Item | null {
    return isVisible(scope, pk) ? (this.items.get(generateId(pk, sk)) ?? null) : null;
  }
}

function isVisible(scope: Scope, pk: string): boolean {
  const owner = tenantOfPk(pk);
  return scope.kind === 'system' || owner === scope.tenantCode || owner === COMMON_TENANT_CODE;
}

function isWithin(sk: string, condition: NonNullable<ItemQuery['sk']>): boolean {
  if ('beginsWith' in condition) return sk.startsWith(condition.beginsWith);
  const [from, to] = condition.between;
  return compareText(from, sk) <= 0 && compareText(sk, to) <= 0;
}

export function tenantNamed(code: string, place: Partial<Tenant> = {}): Tenant {
  const timezone = timeZoneOf('UTC');
  return {
    ...{ code, name: code, status: 'active', industry: null, country: null, timezone },
    ...ROOT_PLACE,
    ...place,
  };
}

export function groupCommand(tenantCode: string, code: string): Command {
  return {
    ...{ kind: 'full', ...groupKey(tenantCode, code), version: VERSION_FIRST },
    ...{ tenantCode, type: 'GROUP', code, name: code, attributes: {} },
  };
}

export function memberCommand(tenantCode: string, id: string, roles: readonly Role[]): Command {
  return {
    ...{ kind: 'full', pk: tenantPk(tenantCode), sk: generatePk('USER', id), version: VERSION_FIRST },
    ...{ tenantCode, type: 'USER', code: id, name: id, attributes: { roles } },
  };
}

export function caller(role: Role, tenantCode: string | null = 'acme', userId: string = role): InvokeContext {
  return {
    user: { userId, tenantCode, roles: [role] },
    ...{ requestId: 'req-1', source: 'PUT /settings/:name', ip: null, idempotency: null },
  };
}

/** `holding`, its child `acme` with the groups north and south, and `rival` beside them. */
export function openSettings() {
  const memory = new MemoryStore();
  const groupsOf = (role: string, ...settingGroups: string[]) => ({
    ...{ role, groups: settingGroups, settingGroups, mode: 'auto' as const },
  });
  const acme = tenantNamed('acme', {
    ...{ parentCode: 'holding', ancestors: ['holding'], billing: 'parent' },
    settingGroups: [groupsOf('member', 'north', 'south'), groupsOf('admin', 'south')],
  });
  memory.put(...[tenantNamed('holding'), acme, tenantNamed('rival')].map(createTenantCommand));
  memory.put(groupCommand('acme', 'north'), groupCommand('acme', 'south'), groupCommand('rival', 'west'));
  memory.put(memberCommand('acme', 'member', ['member']), memberCommand('rival', 'spy', ['member']));
  const store = memory as unknown as Store;
  const clock: Clock = { now: () => NOW };
  const commands = new CommandService(store, clock, new FeedRunner(store, DEFAULT_FEED_OPTIONS));
  const data = new DataService(store);
  const reader = new SettingReader(store, data);
  return { memory, store, commands, data, reader, settings: new SettingService(commands, data, reader) };
}
