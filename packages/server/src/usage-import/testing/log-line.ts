const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';
const BROKEN = [
  'not a log line',
  '1.2.3.4 - - [99/Foo/2024:10:00:00 +0000] "GET /acme HTTP/1.1" 200 1 "-" "-"',
  '1.2.3.4 - - [-] "GET /acme HTTP/1.1" 200 1 "-" "-"',
  '1.2.3.4 - - [31/Feb/2024:10:00:00 +0000] "GET /acme HTTP/1.1" 200 1 "-" "-"',
  '1.2.3.4 - - [01/Jan/2024:10:00:00 +0000] "GET /acme HTTP',
];
const ODD_REQUESTS = [
  '-',
  '',
  'GET / HTTP/1.1',
  'GET /favicon.ico HTTP/1.1',
  'GET /system/health HTTP/1.1',
  'GET /common/style.css HTTP/1.1',
  'OPTIONS * HTTP/1.0',
  'GET /UPPER/x HTTP/1.1',
  '\\x16\\x03\\x01',
  'CONNECT a.example:443 HTTP/1.1',
  'GET /%E0%A4%A HTTP/1.1',
];
const AGENTS = ['-', 'curl/8.0', 'Mozilla/5.0 (X11; \\"quoted\\" \\\\ Linux)'];
const ADDRESSES = ['203.0.113.7', '2001:db8::ff00:42:8329', 'host.example'];
const USERS = ['-', 'ann', 'two words', 'bracket [x] \\"'];

export interface Made {
  line: string;
  kind: 'usage' | 'broken' | 'without-tenant';
  tenant: string;
  month: string;
}

/** When, and what fate decides. */
export interface Chance {
  nowMs: number;
  offsetMinutes: number;
  pick(list: readonly string[]): string;
  below(bound: number): number;
}

/** A line of a tenant, or one of kind `(broken)` or `(none)`. */
export function makeLine(kind: string, chance: Chance): Made {
  const month = new Date(chance.nowMs).toISOString().slice(0, 7);
  if (kind === '(broken)') return { line: chance.pick(BROKEN), kind: 'broken', tenant: '', month };
  if (kind === '(none)')
    return { line: written(chance, chance.pick(ODD_REQUESTS)), kind: 'without-tenant', tenant: '', month };
  return { line: written(chance, requestOf(kind, chance)), kind: 'usage', tenant: kind, month };
}

function requestOf(tenant: string, { below }: Chance): string {
  const escaped = `%${tenant.charCodeAt(0).toString(16)}${tenant.slice(1)}`;
  const requests = [
    `GET /${tenant}/items/${below(50)}?page=${below(9)} HTTP/1.1`,
    `POST /${tenant} HTTP/2.0`,
    `GET /${escaped}/x HTTP/1.1`,
    `GET http://api.example:8080/${tenant}/y HTTP/1.1`,
    `DELETE /${tenant}?a=/b HTTP/1.1`,
    `GET /${tenant}/a b/\\"c\\" HTTP/1.0`,
    `GET /${tenant}/old`,
  ];
  return requests[below(requests.length)] ?? '';
}

function written(chance: Chance, request: string): string {
  const { pick, below } = chance;
  const head = `${pick(ADDRESSES)} - ${pick(USERS)} [${logTime(chance)}]`;
  const common = `${head} "${request}" ${200 + below(300)} ${below(10) === 0 ? '-' : below(100_000)}`;
  return below(8) === 0 ? common : `${common} "-" "${pick(AGENTS)}"${below(8) === 0 ? ' 0.003' : ''}`;
}

function logTime({ nowMs, offsetMinutes }: Chance): string {
  const local = new Date(nowMs + offsetMinutes * 60_000);
  const month = MONTHS.slice(local.getUTCMonth() * 3, local.getUTCMonth() * 3 + 3);
  const size = Math.abs(offsetMinutes);
  const offset = `${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${two(size % 60)}`;
  const clock = [local.getUTCHours(), local.getUTCMinutes(), local.getUTCSeconds()].map(two).join(':');
  return `${two(local.getUTCDate())}/${month}/${local.getUTCFullYear()}:${clock} ${offset}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
