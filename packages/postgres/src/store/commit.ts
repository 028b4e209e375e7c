import {
  COMMON_TENANT_CODE,
  type CommitResult,
  evolve,
  GROUP_UNITS_LIMIT,
  generateId,
  type Item,
  type ItemKey,
  type Refusal,
  type Scope,
  tenantOfPk,
  UNIT_COMMANDS_LIMIT,
  type UnitGroup,
  type UnitOfWork,
  type UnitResult,
} from '@landlord/kernel';
import { type Database, type Transaction } from './database.js';
import { claimKey, keepResult } from './idempotency.js';
import { load, loadLocked, lockNameOf, lockNames } from './lock.js';
import { type Step, writeSteps } from './write.js';

/** One transaction: claim the idempotency key, lock, load, evolve, write, keep the answer. */
export function commitUnit(database: Database, unit: UnitOfWork): Promise<CommitResult> {
  refuseMisuse(unit);
  return database.transaction<CommitResult>(unit.scope, async (transaction, rollback) => {
    if (unit.idempotency) {
      const earlier = await claimKey(transaction, unit.scope, unit.idempotency, unit.origin.at);
      if (earlier) return rollback(earlier);
    }
    const items = await lockAndLoad(transaction, unit);
    const refusal = firstFailedCheck(unit, items);
    if (refusal) return rollback({ status: 'refused', refusal });
    const outcome = evolveAll(unit, items);
    if ('refusal' in outcome) return rollback({ status: 'refused', refusal: outcome.refusal });
    writeSteps(transaction, outcome.steps);
    if (!unit.idempotency) return { status: 'committed', items: outcome.items };
    const result = unit.idempotency.respond(outcome.items);
    keepResult(transaction, unit.scope, unit.idempotency, result);
    return { status: 'committed', items: outcome.items, result };
  });
}

/** Many units in one transaction: everything is locked and read at once, and written at once. */
export function commitGroup(database: Database, group: UnitGroup): Promise<readonly UnitResult[]> {
  const { scope, origin, units } = group;
  if (units.length > GROUP_UNITS_LIMIT) throw new Error(`a group holds at most ${GROUP_UNITS_LIMIT} units`);
  for (const unit of units) refuseMisuse({ scope, ...unit });
  const commands = units.flatMap((unit) => unit.commands);
  refuseTwice(commands);
  return database.transaction(scope, async (transaction) => {
    const checks = units.flatMap((unit) => unit.checks ?? []);
    const items = new Map(await lockAndLoad(transaction, { commands, checks }));
    const outcomes = units.map((unit) => carriedOut({ scope, origin, ...unit }, items));
    writeSteps(
      transaction,
      outcomes.flatMap(({ steps }) => steps),
    );
    return outcomes.map(({ result }) => result);
  });
}

/** What a unit comes to after those before it; `items` becomes what it leaves behind. */
function carriedOut(unit: UnitOfWork, items: Map<string, Item>): { result: UnitResult; steps: Step[] } {
  const refusal = firstFailedCheck(unit, items);
  if (refusal) return { result: { status: 'refused', refusal }, steps: [] };
  const outcome = evolveAll(unit, items);
  if ('refusal' in outcome) return { result: { status: 'refused', refusal: outcome.refusal }, steps: [] };
  for (const { item } of outcome.steps) items.set(lockNameOf(item), item);
  return { result: { status: 'committed', items: outcome.items }, steps: outcome.steps };
}

/** Names are locked, present or not; items to write are locked as rows, too, and those only checked are read. */
async function lockAndLoad(
  transaction: Transaction,
  unit: Pick<UnitOfWork, 'commands' | 'checks'>,
): Promise<ReadonlyMap<string, Item>> {
  const checks = unit.checks ?? [];
  const keys: ItemKey[] = [...unit.commands, ...checks];
  if (keys.length === 0) return new Map();
  const [, items, checked] = await Promise.all([
    lockNames(transaction, keys.map(lockNameOf)),
    loadLocked(transaction, unit.commands),
    checks.length === 0 ? [] : load(transaction, checks),
  ]);
  return new Map([...checked, ...items].map((item) => [lockNameOf(item), item]));
}

function firstFailedCheck(unit: UnitOfWork, items: ReadonlyMap<string, Item>): Refusal | null {
  for (const { pk, sk, version } of unit.checks ?? []) {
    const currentVersion = items.get(lockNameOf({ pk, sk }))?.version ?? 0;
    if (currentVersion === version) continue;
    return { reason: 'version_conflict', key: { pk, sk }, givenVersion: version, currentVersion };
  }
  return null;
}

function evolveAll(
  unit: UnitOfWork,
  current: ReadonlyMap<string, Item>,
): { steps: Step[]; items: (Item | null)[] } | { refusal: Refusal } {
  const steps: Step[] = [];
  const items: (Item | null)[] = [];
  for (const command of unit.commands) {
    const evolution = evolve(current.get(lockNameOf(command)) ?? null, command, unit.origin);
    if (evolution.status === 'refused') return { refusal: evolution.refusal };
    items.push(evolution.status === 'changed' ? evolution.item : null);
    if (evolution.status === 'changed') steps.push({ command, item: evolution.item, origin: unit.origin });
  }
  return { steps, items };
}

/** Bugs of the caller, not refusals: too many commands, an item twice, a key outside the scope. */
function refuseMisuse({ commands, checks = [], scope }: Omit<UnitOfWork, 'origin'>): void {
  if (commands.length > UNIT_COMMANDS_LIMIT)
    throw new Error(`a unit of work holds at most ${UNIT_COMMANDS_LIMIT} commands`);
  refuseTwice(commands);
  for (const command of commands) refuseOutOfScope(scope, command);
  for (const check of checks) if (tenantOfPk(check.pk) !== COMMON_TENANT_CODE) refuseOutOfScope(scope, check);
}

function refuseTwice(keys: readonly ItemKey[]): void {
  const seen = new Set<string>();
  for (const key of keys) {
    const name = lockNameOf(key);
    if (seen.has(name)) throw new Error(`a transaction names ${generateId(key.pk, key.sk)} twice`);
    seen.add(name);
  }
}

function refuseOutOfScope(scope: Scope, { pk, sk }: ItemKey): void {
  if (scope.kind === 'system' || tenantOfPk(pk) === scope.tenantCode) return;
  throw new Error(`${generateId(pk, sk)} is outside the scope of tenant ${scope.tenantCode}`);
}
