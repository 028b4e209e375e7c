import { type Origin } from '@landlord/kernel';

/** Who is named for a command that several callers' events were merged into; each event keeps its own. */
const SEVERAL = 'several';

/** One origin for a command that all of them asked for. */
export function mergeOrigins([first, ...others]: readonly Origin[]): Origin {
  if (!first) throw new Error('nobody asked for the change');
  let { userId, requestId, source, ip, at } = first;
  for (const other of others) {
    if (userId !== other.userId) userId = SEVERAL;
    if (requestId !== other.requestId) requestId = SEVERAL;
    if (source !== other.source) source = SEVERAL;
    if (ip !== other.ip) ip = null;
    if (at < other.at) at = other.at;
  }
  return { userId, requestId, source, ip, at };
}
