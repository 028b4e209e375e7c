import {
  COMMON_TENANT_CODE,
  type CommitResult,
  evolve,
  generateId,
  type Item,
  type ItemKey,
  type Refusal,
  type Scope,
  tenantOfPk,
  UNIT_COMMANDS_LIMIT,
  type UnitOfWork,
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

/** Names are locked, present or not; items to write are locked as rows, too, and those only checked are read. */
async function lockAndLoad(transaction: Transaction, unit: UnitOfWork): Promise<ReadonlyMap<string, Item>> {
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
function refuseMisuse({ commands, checks = [], scope }: UnitOfWork): void {
  if (commands.length > UNIT_COMMANDS_LIMIT)
    throw new Error(`a unit of work holds at most ${UNIT_COMMANDS_LIMIT} commands`);
  const seen = new Set<string>();
  for (const command of commands) {
    const name = lockNameOf(command);
    if (seen.has(name)) throw new Error(`a unit of work names ${generateId(command.pk, command.sk)} twice`);
    seen.add(name);
    refuseOutOfScope(scope, command);
  }
  for (const check of checks) if (tenantOfPk(check.pk) !== COMMON_TENANT_CODE) refuseOutOfScope(scope, check);
}

function refuseOutOfScope(scope: Scope, { pk, sk }: ItemKey): void {
  if (scope.kind === 'system' || tenantOfPk(pk) === scope.tenantCode) return;
  throw new Error(`${generateId(pk, sk)} is outside the scope of tenant ${scope.tenantCode}`);
}
