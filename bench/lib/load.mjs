// Load over HTTP. The generator is autocannon, in this process; servers have processes of their own.
import autocannon from 'autocannon';

let ids = 0;

/**
 * One round against a server. `body` is asked for each request and given a number that was never used.
 * @returns {Promise<import('./measure.mjs').Round>}
 */
export async function postRound({ url, path, token, body, connections, roundMs, unitsPerRequest = 1 }) {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const setupRequest = (request) => ({ ...request, body: body(ids++) });
  const requests = [{ method: 'POST', path, headers, setupRequest }];
  const outcome = await autocannon({ url, connections, duration: roundMs / 1000, requests });
  if (outcome.non2xx > 0 || outcome.errors > 0)
    throw new Error(`${outcome.non2xx} requests were refused and ${outcome.errors} failed: ${url}${path}`);
  const unitsPerSecond = (outcome['2xx'] * unitsPerRequest) / outcome.duration;
  return { unitsPerSecond, p50Ms: outcome.latency.p50, p99Ms: outcome.latency.p99 };
}
