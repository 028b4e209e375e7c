import {
  CommandService,
  type InvokeContext,
  type Item,
  LandlordError,
  notFound,
  type Page,
  type PageRequest,
  STORE,
  type Store,
  SYSTEM_SCOPE,
  untilUncontended,
  VERSION_FIRST,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { inputError } from '../http/index.js';
import { nameCursor, nameFromCursor } from '../http/name-cursor.js';
import { isBuiltIn } from '../usage/meter.js';
import { MeterCatalogueService } from './meter.catalogue.service.js';
import { meterCommand, meterFromItem, meterKey, meterView, tallyCommand } from './meter.item.js';
import { ACTIVE_METERS_LIMIT, type MeterDefinition } from './meter.js';
import {
  BUILT_IN_DEFINITIONS,
  changedMeter,
  changeFlaws,
  type MeterChange,
  type MeterInput,
  newMeter,
} from './meter.rules.js';
import { type MeterView } from './meter.schema.js';

const LIST = 'meters';

interface Found {
  readonly definition: MeterDefinition;
  /** Null for a built-in meter of which nobody has said anything. */
  readonly item: Item | null;
}

/** The vendor's meters, the same for every tenant. Operators change them; whatever they counted stays counted. */
@Injectable()
export class MeterService {
  constructor(
    private readonly commandService: CommandService,
    private readonly catalogue: MeterCatalogueService,
    @Inject(STORE) private readonly store: Store,
  ) {}

  /** By code, built-in ones among them. */
  async list({
    includeRetired,
    limit,
    cursor,
  }: PageRequest & { includeRetired: boolean }): Promise<Page<MeterView>> {
    const after = nameFromCursor(LIST, cursor) ?? '';
    const all = (await this.all()).filter(({ definition }) => includeRetired || definition.isActive);
    const rest = all.filter(({ definition }) => definition.code > after);
    const items = rest.slice(0, limit).map(({ definition, item }) => meterView(definition, item));
    const last = items.at(-1);
    return { items, nextCursor: last && rest.length > limit ? nameCursor(LIST, last.code) : null };
  }

  async get(code: string): Promise<MeterView> {
    const { definition, item } = await this.find(code);
    return meterView(definition, item);
  }

  /** `already_exists` when the code is taken; `out_of_bounds` when there are as many as may be. */
  async create(context: InvokeContext, input: MeterInput): Promise<MeterView> {
    const meter = newMeter(input);
    const commands = [meterCommand(meter, VERSION_FIRST), tallyCommand({ all: 1, active: 1 })];
    const respond = ([item = null]: readonly (Item | null)[]) => meterView(meter, item);
    try {
      return await this.commandService.commit({ commands, respond }, { invokeContext: context });
    } catch (error) {
      throw refusalOf(error, meter.code);
    }
  }

  change(
    context: InvokeContext,
    { code, input, ifMatch }: { code: string; input: MeterChange; ifMatch: number | null },
  ): Promise<MeterView> {
    return this.write(context, { code, ifMatch }, ({ definition }) => {
      const issues = changeFlaws(definition, input);
      if (issues.length > 0) throw inputError(issues);
      return changedMeter(definition, input);
    });
  }

  /** A retired meter counts nothing more and can be read as before; a repetition changes nothing. */
  setActive(
    context: InvokeContext,
    { code, isActive, ifMatch }: { code: string; isActive: boolean; ifMatch: number | null },
  ): Promise<MeterView> {
    if (isBuiltIn(code))
      throw new LandlordError('invalid_transition', `the meter ${code} is built in and stays`);
    return this.write(context, { code, ifMatch }, ({ definition }) => ({ ...definition, isActive }));
  }

  private write(
    context: InvokeContext,
    { code, ifMatch }: { code: string; ifMatch: number | null },
    change: (found: Found) => MeterDefinition,
  ): Promise<MeterView> {
    return untilUncontended(ifMatch, async () => {
      const found = await this.find(code);
      const { definition, item } = found;
      const next = change(found);
      const active = Number(next.isActive) - Number(definition.isActive);
      const command = meterCommand(next, ifMatch ?? item?.version ?? VERSION_FIRST);
      const respond = ([changed = null]: readonly (Item | null)[]) => meterView(next, changed ?? item);
      const commands = [command, tallyCommand({ all: 0, active })];
      try {
        return await this.commandService.commit({ commands, respond }, { invokeContext: context });
      } catch (error) {
        throw boundedError(error);
      }
    });
  }

  private async find(code: string): Promise<Found> {
    const item = await this.store.get(SYSTEM_SCOPE, meterKey(code));
    if (item) return { definition: meterFromItem(item), item };
    const builtIn = BUILT_IN_DEFINITIONS.find((definition) => definition.code === code);
    if (!builtIn) throw notFound(`meter ${code}`);
    return { definition: builtIn, item: null };
  }

  private async all(): Promise<Found[]> {
    const items = await this.catalogue.items();
    const found = new Map<string, Found>(
      BUILT_IN_DEFINITIONS.map((definition) => [definition.code, { definition, item: null }]),
    );
    for (const item of items) found.set(item.code, { definition: meterFromItem(item), item });
    return [...found.values()].sort((left, right) => (left.definition.code < right.definition.code ? -1 : 1));
  }
}

function refusalOf(error: unknown, code: string): unknown {
  if (!(error instanceof LandlordError) || error.code !== 'version_conflict') return boundedError(error);
  return new LandlordError('already_exists', `a meter "${code}" already exists; choose another code`);
}

function boundedError(error: unknown): unknown {
  if (!(error instanceof LandlordError) || error.code !== 'out_of_bounds') return error;
  return new LandlordError(
    'out_of_bounds',
    `there are ${ACTIVE_METERS_LIMIT} meters that count, or a thousand in all; retire one that is not needed`,
  );
}
