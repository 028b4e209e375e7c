import { parametersIn, takesHeader } from './document.js';
import { type Draft, wireRequest } from './draft.js';
import { canariesIn } from './marker.js';
import { type Settled } from './settle.js';
import { jsonValues } from './wire.js';
import { type World } from './world.js';

const PAGES_LIMIT = 200;

/** Every reading of a tenant, by caller and address, as answered. */
export type Snapshot = ReadonlyMap<string, string>;

/** Reads all that the tenant can read of itself, and what an operator sees who acts for it. */
export async function snapshotOf(world: World, { code, explorer }: Settled): Promise<Snapshot> {
  const operator = await world.token('system_admin', null, 'operator-1');
  const snapshot = new Map<string, string>();
  for (const draft of [...explorer.readings.values()].flat()) {
    const { target } = wireRequest(draft);
    snapshot.set(`own ${target}`, await readWhole(world, draft));
    if (!draft.operation.roles.includes('system_admin')) continue;
    if (!takesHeader(draft.operation, 'X-Tenant-Code') && !target.includes(code)) continue;
    const headers = { authorization: `Bearer ${operator}`, 'x-tenant-code': code };
    snapshot.set(`operator ${target}`, await readWhole(world, { ...draft, headers }));
  }
  return snapshot;
}

/** Addresses whose answers are no longer the same. */
export function changesBetween(before: Snapshot, after: Snapshot): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (name) => before.get(name) !== after.get(name),
  );
}

/** In how many readings an operator sees the tenant's canaries: that the walk looks for something that is there. */
export function controlReadings(snapshot: Snapshot, marker: string): number {
  return [...snapshot].filter(
    ([name, text]) => name.startsWith('operator ') && canariesIn(text, marker).length > 0,
  ).length;
}

async function readWhole(world: World, draft: Draft): Promise<string> {
  const hasPages = parametersIn(draft.operation, 'query').some(({ name }) => name === 'cursor');
  const texts: string[] = [];
  let query = hasPages ? [['limit', '200'] as const] : draft.query;
  for (let page = 0; page < PAGES_LIMIT; page += 1) {
    const { status, text, headers } = await world.sendDraft({ ...draft, query });
    texts.push(`${status} ${text}`);
    const [body] = jsonValues(text, headers['content-type']);
    const cursor = (body as { nextCursor?: unknown } | undefined)?.nextCursor;
    if (!hasPages || typeof cursor !== 'string') return texts.join('\n');
    query = [
      ['limit', '200'],
      ['cursor', encodeURIComponent(cursor)],
    ] as never;
  }
  throw new Error(`${wireRequest(draft).target} has more than ${PAGES_LIMIT} pages`);
}
