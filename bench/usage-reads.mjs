// How long reading usage takes while 5,000 admissions a second are asked of the same server, and without them.
import autocannon from 'autocannon';
import { withServer, withUsageService } from './lib/landlord.mjs';
import { inTurns } from './lib/measure.mjs';
import { withPostgres } from './lib/postgres.mjs';
import { table } from './lib/report.mjs';

export const title = 'Reading usage';
const ADMISSIONS_PER_SECOND = 5_000;
const READS_PER_SECOND = 50;
const SECONDS = 3;
const PATHS = ['/usage', '/usage/quotas'];

export function run() {
  return withPostgres(async (database) => {
    await withUsageService(database, () => undefined);
    return withServer(database, compare);
  });
}

async function compare(server) {
  const admitted = [];
  const candidates = PATHS.flatMap((path) => [
    { name: `GET ${path}, nothing else`, turn: () => reads(server, path) },
    { name: `GET ${path}, while usage is admitted`, turn: () => readsUnderLoad(server, path, admitted) },
  ]);
  const results = await inTurns(candidates, { rounds: 3 });
  const rows = results.map(({ name, p50Ms, p99Ms }) => [name, ms(p50Ms), ms(p99Ms)]);
  const rate = Math.round(admitted.reduce((sum, each) => sum + each, 0) / admitted.length);
  const head = `### ${READS_PER_SECOND} reads a second beside ${rate} admissions a second (asked: ${ADMISSIONS_PER_SECOND})`;
  return `${head}\n\n${table(['', 'half within', '99 % within'], rows)}`;
}

async function readsUnderLoad(server, path, admitted) {
  const load = autocannon(loadOn(server));
  const round = await reads(server, path);
  const { '2xx': count, duration } = await load;
  admitted.push(count / duration);
  return round;
}

function loadOn({ url, token }) {
  let ids = 0;
  const run = `${process.pid}-${performance.now()}`;
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const body = () => `{"id":"read-${run}-${ids++}","metric":"apiCalls"}`;
  const setupRequest = (request) => ({ ...request, body: body() });
  const requests = [{ method: 'POST', path: '/usage/consume', headers, setupRequest }];
  return { url, connections: 64, overallRate: ADMISSIONS_PER_SECOND, duration: SECONDS + 1, requests };
}

async function reads({ url, token }, path) {
  const headers = { authorization: `Bearer ${token}` };
  const load = {
    url: `${url}${path}`,
    connections: 2,
    overallRate: READS_PER_SECOND,
    duration: SECONDS,
    headers,
  };
  const { latency, requests, non2xx } = await autocannon(load);
  if (non2xx > 0) throw new Error(`${non2xx} reads were refused`);
  return { unitsPerSecond: requests.average, p50Ms: latency.p50, p99Ms: latency.p99 };
}

function ms(value) {
  return `${value} ms`;
}
