import { createHash } from 'node:crypto';
import { type Command, type FullInput, type IncrementInput, type PartialInput } from '../core/command.js';
import { type Item, type Origin } from '../core/item.js';
import { type CommitResult, type Store, SYSTEM_SCOPE, type UnitOfWork } from '../core/store.js';

export const AT = '2024-01-31T09:00:00.000Z';

export function originOf(overrides: Partial<Origin> = {}): Origin {
  return { userId: 'usr-1', requestId: 'req-1', source: 'test', ip: '127.0.0.1', at: AT, ...overrides };
}

/** A full command that creates `sk` of a tenant, or changes it when a version is given. */
export function full(tenantCode: string, sk: string, overrides: Partial<FullInput> = {}): Command {
  return {
    kind: 'full',
    pk: `TENANT#${tenantCode}`,
    sk,
    version: 0,
    tenantCode,
    type: sk.split('#')[0] ?? sk,
    code: sk.split('#')[1] ?? sk,
    name: `name of ${sk}`,
    attributes: {},
    ...overrides,
  };
}

export function partial(tenantCode: string, sk: string, input: Omit<PartialInput, 'pk' | 'sk'>): Command {
  return { kind: 'partial', pk: `TENANT#${tenantCode}`, sk, ...input };
}

export function increment(
  tenantCode: string,
  sk: string,
  by: Record<string, string>,
  overrides: Partial<IncrementInput> = {},
): Command {
  const increments = Object.entries(by).map(([path, delta]) => ({ path: path.split('.'), by: delta }));
  return { kind: 'increment', pk: `TENANT#${tenantCode}`, sk, increments, ...overrides };
}

export function commit(
  store: Store,
  commands: readonly Command[],
  overrides: Partial<UnitOfWork> = {},
): Promise<CommitResult> {
  return store.commit({ scope: SYSTEM_SCOPE, origin: originOf(), commands, ...overrides });
}

/** The items of a commit that must have succeeded. */
export async function committed(
  store: Store,
  commands: readonly Command[],
  overrides: Partial<UnitOfWork> = {},
): Promise<(Item | null)[]> {
  const result = await commit(store, commands, overrides);
  if (result.status !== 'committed') throw new Error(`not committed: ${JSON.stringify(result)}`);
  return [...result.items];
}

/** What a usage event's fingerprint looks like. */
export function fingerprintOf(content: string): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 32);
}
