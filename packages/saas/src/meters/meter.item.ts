import {
  COMMON_MASTER_PK,
  COMMON_TENANT_CODE,
  type Command,
  generatePk,
  type IncrementInput,
  type Item,
  type ItemKey,
  type JsonObject,
} from '@landlord/kernel';
import { isBuiltIn } from '../usage/meter.js';
import { ACTIVE_METERS_LIMIT, METERS_LIMIT, type MeterDefinition } from './meter.js';
import { meterFrom } from './meter.rules.js';
import { type MeterView, meterFields } from './meter.schema.js';

export const METER_TYPE = 'METER';
/** Counts the meters, and every change of them: what rests on them checks its version. */
export const METER_TALLY_KEY: ItemKey = { pk: COMMON_MASTER_PK, sk: 'METERS' };
const METER_TALLY_TYPE = 'METERTALLY';

export function meterKey(code: string): ItemKey {
  return { pk: COMMON_MASTER_PK, sk: generatePk(METER_TYPE, code) };
}

export function meterFromItem(item: Item): MeterDefinition {
  return meterFields.parse({ ...item.attributes, code: item.code });
}

/** `item` null: a built-in meter of which nobody has said anything. */
export function meterView(definition: MeterDefinition, item: Item | null): MeterView {
  const { filter, ...rest } = definition;
  return {
    ...rest,
    filter: filter.map(({ property, in: values }) => ({ property, in: [...values] })),
    dimensions: [...definition.dimensions],
    isBuiltIn: isBuiltIn(definition.code),
    limitName: meterFrom(definition).limitName,
    version: item?.version ?? 0,
    createdAt: item?.createdAt ?? null,
    updatedAt: item?.updatedAt ?? null,
  };
}

/** The meter as a whole, at the version it was read at. */
export function meterCommand(definition: MeterDefinition, version: number): Command {
  const { code, displayName, ...attributes } = definition;
  return {
    kind: 'full',
    ...meterKey(code),
    version,
    tenantCode: COMMON_TENANT_CODE,
    type: METER_TYPE,
    code,
    name: displayName,
    attributes: { ...attributes, displayName } as unknown as JsonObject,
  };
}

/** By how many meters there are more, and more that count. */
export function tallyCommand({ all, active }: { all: number; active: number }): Command {
  const counts = { all: 0, active: 0, changes: 0 };
  const increments: IncrementInput['increments'] = [
    { path: ['all'], by: String(all), max: String(METERS_LIMIT) },
    { path: ['active'], by: String(active), max: String(ACTIVE_METERS_LIMIT) },
    { path: ['changes'], by: '1' },
  ];
  const what = { tenantCode: COMMON_TENANT_CODE, type: METER_TALLY_TYPE, code: 'METERS', name: 'meters' };
  return { kind: 'increment', ...METER_TALLY_KEY, increments, initial: { ...what, attributes: counts } };
}
