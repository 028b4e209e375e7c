import { compareText } from '@landlord/kernel/pure';

export interface NamesInput {
  /** Of the plan, in any order. */
  readonly planned: readonly string[];
  /** Of switches behind `after`, in order; up to `limit`. */
  readonly switched: readonly string[];
  readonly hasMoreSwitched: boolean;
  readonly after: string | null;
  readonly limit: number;
}

/** The next names of plan and switches together, in the order of bytes. */
export function nextNames({ planned, switched, hasMoreSwitched, after, limit }: NamesInput) {
  const behind = planned.filter((name) => after === null || compareText(name, after) > 0);
  const names = [...new Set([...behind, ...switched])].sort(compareText);
  return { names: names.slice(0, limit), hasMore: hasMoreSwitched || names.length > limit };
}
