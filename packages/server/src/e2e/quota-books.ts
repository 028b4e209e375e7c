import { type Api } from './api.js';
import { type Asked } from './quota-load.js';

/** What a tenant's export says of a metric. */
export interface Books {
  /** Ids as stored, by month. */
  readonly events: ReadonlyMap<string, readonly string[]>;
  /** The counter of each month. */
  readonly counters: ReadonlyMap<string, number>;
}

interface Line {
  readonly kind: string;
  readonly item?: {
    readonly type: string;
    readonly code: string;
    readonly attributes: Record<string, unknown>;
  };
  readonly event?: { readonly id: string; readonly metric: string; readonly periodSk: string };
}

export async function booksOf(api: Api, tenant: string): Promise<Books> {
  const { body } = await api.get(`/tenants/${tenant}/export`);
  const lines = String(body)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  const events = new Map<string, string[]>();
  const counters = new Map<string, number>();
  for (const { item, event } of lines) {
    if (item?.type === 'USAGE') counters.set(item.code, Number(item.attributes.apiCalls));
    if (event?.metric !== 'apiCalls') continue;
    const month = event.periodSk.slice('USAGE#'.length);
    events.set(month, [...(events.get(month) ?? []), event.id]);
  }
  return { events, counters };
}

export interface Findings {
  readonly unanswered: number;
  readonly unexpected: readonly string[];
  /** Admitted, but not stored. */
  readonly lost: number;
  /** Stored more than once. */
  readonly doubled: number;
  /** Stored, but nobody was told so. */
  readonly untold: number;
  /** Units beyond the limit, in the worst month. */
  readonly overAdmitted: number;
  /** Months whose counter is not the number of their events. */
  readonly unbalanced: number;
  /** Refusals that came while there was room. */
  readonly refusedEarly: number;
}

export const NOTHING_WRONG: Findings = {
  ...{ unanswered: 0, unexpected: [], lost: 0, doubled: 0, untold: 0, overAdmitted: 0, unbalanced: 0 },
  refusedEarly: 0,
};

/** Compares what callers were told with what is stored. */
export function findingsOf(requests: readonly Asked[], { events, counters }: Books, limit: number): Findings {
  const stored = [...events.values()].flat();
  const told = new Set(requests.filter(({ status }) => status === 200).map(({ id }) => id));
  const known = new Set(stored);
  const refused = requests.filter(({ status }) => status === 403);
  const odd = requests.filter(({ status, body }) => status !== 200 && body.code !== 'quota_exceeded');
  const months = new Set([...events.keys(), ...counters.keys()]);
  const countOf = (month: string) => events.get(month)?.length ?? 0;
  return {
    unanswered: requests.filter(({ status }) => status === 0).length,
    unexpected: odd.slice(0, 5).map(({ status, body }) => `${status} ${JSON.stringify(body)}`),
    lost: [...told].filter((id) => !known.has(id)).length,
    doubled: stored.length - known.size,
    untold: [...known].filter((id) => !told.has(id)).length,
    overAdmitted: Math.max(0, ...[...counters.values()].map((counter) => counter - limit)),
    unbalanced: [...months].filter((month) => (counters.get(month) ?? 0) !== countOf(month)).length,
    refusedEarly: refused.filter(({ body }) => body.current !== body.limit).length,
  };
}
