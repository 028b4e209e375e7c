import {
  type Command,
  CommandService,
  DataService,
  type InvokeContext,
  type Item,
  invalidInput,
  LandlordError,
  notFound,
  type Page,
  type PageRequest,
  refusalError,
  requireTenant,
  untilUncontended,
  VERSION_FIRST,
} from '@landlord/kernel';
import { Injectable } from '@nestjs/common';
import { nameCursor, nameFromCursor } from '../http/name-cursor.js';
import { groupKey } from '../tenants/tenant.item.js';
import { requireOpen } from '../tenants/tenant.lifecycle.js';
import { knownSettingFlaw } from './known-setting.js';
import { isOperator, switchRefusal, writeRefusal } from './setting.authority.js';
import { stateAfterWrite, tallyDelta, withdraw } from './setting.change.js';
import {
  deleteSettingCommand,
  settingFromItem,
  settingKey,
  tallyCommands,
  writeSettingCommand,
} from './setting.item.js';
import {
  SETTING_COUNT_LIMITS,
  SETTING_TOTAL_BYTES_LIMIT,
  type Setting,
  type SettingOwner,
  type SettingState,
} from './setting.js';
import { SettingReader } from './setting.reader.service.js';
import { COMMON_OWNER, type NamedSettings } from './setting.resolution.js';
import {
  type EffectiveSettingView,
  type PutSettingInput,
  type SettingTarget,
  type SettingView,
} from './setting.schema.js';

const LIST = 'settings';

export interface ReadSettingOptions {
  /** Another user of the tenant, for its admins; default the caller. */
  readonly userId?: string;
  readonly explain?: boolean;
}

interface Change {
  readonly owner: SettingOwner;
  readonly name: string;
  readonly context: InvokeContext;
  readonly ifMatch: number | null;
}

interface ChangeCommandInput {
  readonly owner: SettingOwner;
  readonly name: string;
  readonly item: Item | null;
  readonly state: SettingState | null;
}

interface Found {
  readonly item: Item | null;
  /** Null when there is none, or it is deleted. */
  readonly setting: Setting | null;
}

/** Named values; the nearest wins: user, group, tenant, parent up to the root, common. */
@Injectable()
export class SettingService {
  constructor(
    private readonly commandService: CommandService,
    private readonly dataService: DataService,
    private readonly reader: SettingReader,
  ) {}

  /** The setting that holds for the caller; `not_found` when no level has it. */
  async get(
    name: string,
    context: InvokeContext,
    options: ReadSettingOptions = {},
  ): Promise<EffectiveSettingView> {
    const found = await this.find(name, context, options);
    if (!found) throw notFound('setting');
    return found;
  }

  /** Null where `get` would throw `not_found` for want of a setting. */
  async find(
    name: string,
    context: InvokeContext,
    { userId, explain = false }: ReadSettingOptions = {},
  ): Promise<EffectiveSettingView | null> {
    const found = await this.reader.find(await this.reader.placeOf(context, userId), name);
    return found && effectiveView(found, explain);
  }

  /** Those that hold for the caller, by name. */
  async list(
    page: PageRequest,
    context: InvokeContext,
    { userId, explain = false }: ReadSettingOptions = {},
  ): Promise<Page<EffectiveSettingView>> {
    const after = nameFromCursor(LIST, page.cursor);
    const place = await this.reader.placeOf(context, userId);
    const { items, hasMore } = await this.reader.page(place, { prefix: '', after, limit: page.limit });
    const last = items.at(-1);
    return {
      items: items.map((found) => effectiveView(found, explain)),
      nextCursor: hasMore && last ? nameCursor(LIST, last.name) : null,
    };
  }

  /** Creates or replaces the setting of one level. `forbidden`, `not_found` for its group or user, `out_of_bounds`. */
  async put(
    name: string,
    { value, ...target }: PutSettingInput,
    context: InvokeContext,
    ifMatch: number | null = null,
  ): Promise<SettingView> {
    const owner = writableOwner(name, target, context);
    const refused = switchRefusal(context.user, name, value);
    if (refused) throw refused;
    const flaw = knownSettingFlaw(name, { level: owner.level, value });
    if (flaw) throw invalidInput(flaw.path, flaw.message);
    await this.requireOwner(owner, context);
    const change = { owner, name, context, ifMatch };
    const author = { name, isOperator: isOperator(context.user) };
    return untilUncontended(ifMatch, async () => {
      const found = await this.read(change);
      return this.write(change, found, stateAfterWrite(found.setting, value, author));
    });
  }

  /** What was deleted; or, where a tenant takes back its word on a feature, the operator's that holds again. */
  async delete(
    name: string,
    target: SettingTarget,
    context: InvokeContext,
    ifMatch: number | null = null,
  ): Promise<SettingView> {
    const owner = writableOwner(name, target, context);
    const tenant = owner.level === 'common' ? null : await this.reader.tenantOf(context);
    if (tenant) requireOpen(tenant);
    const change = { owner, name, context, ifMatch };
    return untilUncontended(ifMatch, async () => {
      const found = await this.read(change);
      if (!found.setting) throw notFound('setting');
      const withdrawal = withdraw(found.setting, { name, isOperator: isOperator(context.user) });
      if (withdrawal.kind === 'refused') throw operatorsWord(name);
      return this.write(change, found, withdrawal.kind === 'reverted' ? withdrawal.state : null);
    });
  }

  /** Nothing is written for a tenant, group or user that is not there. */
  private async requireOwner({ level, tenantCode, source }: SettingOwner, context: InvokeContext) {
    if (level === 'common') return;
    const tenant = await this.reader.tenantOf(context);
    if (tenant) requireOpen(tenant);
    if (level === 'user' && source !== context.user.userId) await this.reader.member(context, source);
    if (level !== 'group') return;
    const group = await this.dataService.getItem(groupKey(tenantCode, source), { invokeContext: context });
    if (!group) throw notFound('group');
  }

  private async read({ owner, name, context, ifMatch }: Change): Promise<Found> {
    const key = settingKey(owner, name);
    const item = await this.dataService.getItem(key, { invokeContext: context, includeDeleted: true });
    const setting = item && !item.isDeleted ? settingFromItem(item, owner) : null;
    const currentVersion = setting ? setting.version : VERSION_FIRST;
    if (ifMatch === null || ifMatch === currentVersion) return { item, setting };
    throw refusalError({ reason: 'version_conflict', key, givenVersion: ifMatch, currentVersion });
  }

  /** `state` null deletes it. */
  private async write(
    { owner, name, context }: Change,
    { item, setting }: Found,
    state: SettingState | null,
  ): Promise<SettingView> {
    const commands = [
      changeCommand({ owner, name, item, state }),
      ...tallyCommands(owner, tallyDelta(setting, state)),
    ];
    const respond = ([changed = null]: readonly (Item | null)[]) => settingView(changed ?? item, owner);
    try {
      return await this.commandService.commit({ commands, respond }, { invokeContext: context });
    } catch (error) {
      throw tooMany(error, owner) ?? error;
    }
  }
}

function writableOwner(name: string, target: SettingTarget, context: InvokeContext): SettingOwner {
  const owner = targetOwner(target, context);
  const refused = writeRefusal(context.user, owner, name);
  if (refused) throw refused;
  return owner;
}

function targetOwner({ level, group, userId }: SettingTarget, context: InvokeContext): SettingOwner {
  if (level === 'common') return COMMON_OWNER;
  const tenantCode = requireTenant(context);
  const sources = { tenant: tenantCode, group, user: userId ?? context.user.userId };
  const source = sources[level];
  if (source === undefined) throw invalidInput('group', 'is required with the level group');
  return { level, tenantCode, source };
}

function changeCommand({ owner, name, item, state }: ChangeCommandInput): Command {
  if (state) return writeSettingCommand(owner, { name, version: item?.version ?? VERSION_FIRST, state });
  if (item) return deleteSettingCommand(item);
  throw new Error(`${name} is not there to be deleted`);
}

function effectiveView({ name, nearest, shadowed }: NamedSettings, explain: boolean): EffectiveSettingView {
  const { value } = nearest;
  if (!explain) return { name, value };
  return { name, ...sayingView(nearest), shadowed: shadowed.map(sayingView) };
}

function sayingView({ owner: { level, source }, version, value }: Setting) {
  return { level, source, version, value };
}

function settingView(item: Item | null, owner: SettingOwner): SettingView {
  if (!item) throw new Error('a setting that is written is there');
  const { updatedAt, updatedBy, isDeleted } = item;
  const setting = settingFromItem(item, owner);
  const { name, byOperator } = setting;
  return { name, ...sayingView(setting), byOperator, isDeleted, updatedAt, updatedBy };
}

function operatorsWord(name: string): LandlordError {
  return new LandlordError(
    'forbidden',
    `${name} was set by an operator; set it to false to turn the feature off, or ask the operator`,
  );
}

/** The owner's tally refused to grow. */
function tooMany(error: unknown, { level, source }: SettingOwner): LandlordError | null {
  if (!(error instanceof LandlordError) || error.code !== 'out_of_bounds') return null;
  const bound =
    error.facts.attribute === 'count'
      ? `at most ${SETTING_COUNT_LIMITS[level]} settings`
      : `settings of at most ${SETTING_TOTAL_BYTES_LIMIT} bytes in sum`;
  const message = `${level} ${source} may have ${bound}; delete some that are not needed`;
  return new LandlordError('out_of_bounds', message, { facts: error.facts, cause: error });
}
