import { lookup, Resolver } from 'node:dns/promises';

/** All addresses of a host. Rejects when there are none. */
export type ResolveHost = (hostname: string) => Promise<readonly string[]>;

const ASK_TIMEOUT_MS = 2_000;
const ASK_TRIES = 2;
/** The system's own look-up takes one of the four threads that files need, too. */
const SYSTEM_LOOK_UPS = 2;
const UNANSWERED = new Set(['ETIMEOUT', 'ESERVFAIL', 'EREFUSED', 'ECANCELLED']);

/**
 * Asks the name servers without a thread, so that slow ones hold up nobody else; what they do not know may be in
 * the hosts file, or a name of the local network.
 */
export function systemResolver(): ResolveHost {
  const limited = atMost(SYSTEM_LOOK_UPS);
  return async (hostname) => {
    const asked = hostname.includes('.') ? await askServers(hostname) : [];
    if (asked.length > 0) return asked;
    const found = await limited(() => lookup(hostname, { all: true, verbatim: true }));
    return found.map(({ address }) => address);
  };
}

async function askServers(hostname: string): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: ASK_TIMEOUT_MS, tries: ASK_TRIES });
  const answers = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
  const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
  const unanswered = answers.find(
    (answer) => answer.status === 'rejected' && UNANSWERED.has(codeOf(answer.reason)),
  );
  if (found.length === 0 && unanswered?.status === 'rejected') throw unanswered.reason;
  return found;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function atMost(limit: number): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}
