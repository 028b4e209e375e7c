import type { Line } from '../input/lines.js';
import { pathOf, type TenantSource, tenantOfTarget } from '../tenant.js';
import { epochMs } from '../timestamp.js';
import type { Properties } from '../usage-event.js';
import { type LineReader, lineByLine, type Verdict } from './reading.js';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const MAX_PATH_LENGTH = 200;

// The closing `] "` matters: servers escape quotes in the user's name, so no name can imitate it.
const TIME = /\[(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})\] (?=")/;
const REQUEST = /"([^"\\]*(?:\\.[^"\\]*)*)" (\d{3}|-) (?:\d+|-)(?=\s|$)/y;
const REFERRER_AND_AGENT = / "[^"\\]*(?:\\.[^"\\]*)*" "[^"\\]*(?:\\.[^"\\]*)*"/y;
const METHOD = /^[A-Z]{1,20}$/;

export interface CombinedOptions {
  metric: string;
  tenantFrom: TenantSource;
  /** Also keep the path (no query) as a property. */
  withPath: boolean;
}

interface Request {
  method?: string;
  target?: string;
}

/** Apache's and nginx's combined log format; the common format and further fields at the end are fine too. */
export function combinedReader(options: CombinedOptions): LineReader {
  return lineByLine((text, line) => judgeCombined(options, text, line));
}

export function judgeCombined(
  options: CombinedOptions,
  text: string,
  line: Pick<Line, 'isTerminated'>,
): Verdict {
  if (text.trim() === '') return { kind: 'blank' };
  const time = TIME.exec(text);
  REQUEST.lastIndex = time === null ? 0 : time.index + time[0].length;
  const rest = time === null ? null : REQUEST.exec(text);
  // A line cut while being written can look whole (size 20 of 203023): it is left for the next run.
  if (!line.isTerminated && (rest === null || !endsInAgent(text, REQUEST.lastIndex)))
    return { kind: 'unfinished' };
  if (time === null) return { kind: 'broken', reason: 'no [day/month/year:time offset] before a "request"' };
  const timestampMs = logTimeMs(time);
  if (timestampMs === undefined) return { kind: 'broken', reason: `no such time: ${time[0].trim()}` };
  if (rest === null) return { kind: 'broken', reason: 'no "request" status size after the time' };
  return judgeRequest(options, timestampMs, { request: rest[1] ?? '', status: rest[2] ?? '-' });
}

function endsInAgent(text: string, from: number): boolean {
  REFERRER_AND_AGENT.lastIndex = from;
  return REFERRER_AND_AGENT.test(text) && text.endsWith('"');
}

function judgeRequest(
  options: CombinedOptions,
  timestampMs: number,
  logged: { request: string; status: string },
): Verdict {
  const request = splitRequest(logged.request);
  const properties = propertiesOf(options, request, logged.status);
  const { tenantFrom, metric } = options;
  if (tenantFrom.kind === 'fixed')
    return { kind: 'usage', usage: { tenant: tenantFrom.code, metric, timestampMs, properties } };
  const tenant = tenantOfTarget(request.target);
  if (tenant.kind === 'none') return { kind: 'without-tenant', segment: tenant.segment };
  return { kind: 'usage', usage: { tenant: tenant.code, metric, timestampMs, properties } };
}

/** `GET /a b HTTP/1.1`, `GET /a` (HTTP/0.9), `-`, or the bytes of something that is no HTTP. */
export function splitRequest(request: string): Request {
  const [method = '', ...rest] = request.split(' ');
  if (!METHOD.test(method) || rest.length === 0) return {};
  if (rest.length > 1 && /^HTTP\/\d/.test(rest.at(-1) ?? '')) rest.pop();
  return { method, target: rest.join(' ') };
}

function propertiesOf(options: CombinedOptions, request: Request, status: string): Properties {
  return {
    ...(request.method === undefined ? {} : { method: request.method }),
    ...(options.withPath && request.target !== undefined
      ? { path: pathOf(request.target).slice(0, MAX_PATH_LENGTH).toWellFormed() }
      : {}),
    ...(status === '-' ? {} : { status: Number(status) }),
  };
}

function logTimeMs(match: RegExpExecArray): number | undefined {
  const [, day, month = '', year, hour, minute, second, sign, offsetHours, offsetRest] = match;
  const offset = Number(offsetHours) * 60 + Number(offsetRest);
  return epochMs({
    year: Number(year),
    month: MONTHS.indexOf(month) + 1,
    day: Number(day),
    hour: Number(hour),
    minute: Number(minute),
    second: Number(second),
    millisecond: 0,
    offsetMinutes: sign === '-' ? -offset : offset,
  });
}
