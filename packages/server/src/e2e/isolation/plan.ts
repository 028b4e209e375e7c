import { isDestructive, type WalkedOperation } from './document.js';

/** As whom the walk knocks: a role within the attacker's tenant, a token without tenant, or no token. */
export const KNOCKERS = ['admin', 'billing', 'member', 'tenantless', 'anonymous'] as const;
export type Knocker = (typeof KNOCKERS)[number];

/** Everything that is tried at one place of one operation by one knocker. */
export interface Station<T> {
  readonly operation: WalkedOperation;
  readonly knocker: Knocker;
  readonly place: string;
  /** Whether the document says that the operation reads it. */
  readonly isDeclared: boolean;
  /** Whether a tenant's code stands there that may become that of a new tenant. */
  readonly claimsName: boolean;
  readonly attacks: readonly T[];
}

/** Of those who are refused at the door, and of what no operation should read, each is tried once in so many rounds. */
const UNLIKELY_EVERY = 6;
const ROUNDS_MINIMUM = 8;

/** How many attacks of each station are carried out, so that together they are `target`, if there are as many. */
export function sharesOf<T>(stations: readonly Station<T>[], target: number): number[] {
  const shares = stations.map(() => 0);
  const longest = Math.max(0, ...stations.map(({ attacks }) => attacks.length));
  let total = 0;
  for (let round = 0; round < longest * UNLIKELY_EVERY; round += 1) {
    if (total >= target && round >= ROUNDS_MINIMUM) break;
    for (const [index, station] of stations.entries()) {
      const share = shares[index] ?? 0;
      if (share >= station.attacks.length || (!isLikely(station) && round % UNLIKELY_EVERY !== 0)) continue;
      shares[index] = share + 1;
      total += 1;
    }
  }
  return shares;
}

function isLikely({ operation: { roles }, knocker, isDeclared }: Station<unknown>): boolean {
  return isDeclared && (roles.length === 0 || roles.includes(knocker));
}

/** Readings first, then changes, those that may take the attacker's own tenant away late; last what makes the two of a pair unlike. */
export function inOrder<T>(stations: readonly Station<T>[]): Station<T>[] {
  const rank = ({ operation, claimsName }: Station<T>) => {
    if (claimsName) return 3;
    if (operation.method === 'GET') return 0;
    return isDestructive(operation) ? 2 : 1;
  };
  return stations.toSorted((left, right) => rank(left) - rank(right));
}
