import { type InputIssue } from '@landlord/kernel';
import { z } from 'zod';

/** A batch can have ten thousand things wrong; the answer names the first ones. */
export const ISSUES_LIMIT = 50;

/** zod's message for a union that has none of its own. */
const UNWORDED = 'Invalid input';

type Issue = z.core.$ZodIssue;

/**
 * What is wrong, by dotted path behind `prefix` if there is one: `events.3.timestamp`. The first thing for
 * each path, at most `ISSUES_LIMIT`.
 */
export function inputIssues(error: z.core.$ZodError, prefix = ''): InputIssue[] {
  const base = prefix === '' ? [] : [prefix];
  const found = new Map<string, InputIssue>();
  for (const issue of error.issues) {
    for (const one of told(issue, base)) {
      if (found.size >= ISSUES_LIMIT) return [...found.values()];
      if (!found.has(one.path)) found.set(one.path, one);
    }
  }
  return [...found.values()];
}

/** The wording where a schema has none of its own. */
export const issueMessage: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return 'is required';
      return `must be ${withArticle(issue.expected)}, not ${kindOf(issue.input)}`;
    case 'invalid_value':
      return `must be ${oneOf(issue.values)}`;
    case 'unrecognized_keys':
      return 'is not a field of this request';
    default:
      return undefined;
  }
};

function told(issue: Issue, base: readonly PropertyKey[]): InputIssue[] {
  const path = [...base, ...issue.path];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      path: dotted([...path, key]),
      message: 'is not a field of this request',
    }));
  if (issue.code === 'invalid_union') return toldUnion(issue, path);
  if (issue.code === 'invalid_key' || issue.code === 'invalid_element')
    return issue.issues.flatMap((inner) => told(inner, path));
  return [{ path: dotted(path), message: issue.message }];
}

/** Of several shapes, the one that came closest: it got deepest, then had the least to object to. */
function toldUnion(issue: z.core.$ZodIssueInvalidUnion, path: readonly PropertyKey[]): InputIssue[] {
  const options = issue.errors.filter((issues) => issues.length > 0);
  const [first, second] = [...options].sort(
    (left, right) => depth(right) - depth(left) || left.length - right.length,
  );
  if (!first) return [{ path: dotted(path), message: issue.message }];
  const isTie = second !== undefined && depth(first) === 0 && depth(second) === 0;
  if (!isTie || first.length !== 1) return first.flatMap((inner) => told(inner, path));
  if (issue.message !== UNWORDED) return [{ path: dotted(path), message: issue.message }];
  const messages = options.flatMap((issues) => issues.map(({ message }) => message));
  return [{ path: dotted(path), message: [...new Set(messages)].slice(0, 4).join(', or ') }];
}

function depth(issues: readonly Issue[]): number {
  return Math.max(...issues.map(({ path }) => path.length));
}

function dotted(path: readonly PropertyKey[]): string {
  return path.map((part) => bounded(String(part))).join('.');
}

/** Names of fields come from the sender. */
function bounded(name: string): string {
  const shown = name.length > 80 ? `${name.slice(0, 80)}…` : name;
  return shown.toWellFormed().replaceAll('\u0000', '\u2400');
}

function oneOf(values: readonly z.core.util.Primitive[]): string {
  const shown = values.map((value) => (typeof value === 'string' ? `"${value}"` : String(value)));
  return shown.length === 1 ? shown.join('') : `one of ${shown.join(', ')}`;
}

/** Where zod's word is not the sender's. */
const PLAIN_KINDS: ReadonlyMap<string, string> = new Map([
  ['int', 'integer'],
  ['record', 'object'],
]);

function withArticle(kind: string): string {
  const name = PLAIN_KINDS.get(kind) ?? kind;
  return /^[aeiou]/.test(name) ? `an ${name}` : `a ${name}`;
}

function kindOf(input: unknown): string {
  if (input === null) return 'null';
  if (Array.isArray(input)) return 'an array';
  if (typeof input === 'number' && !Number.isFinite(input)) return 'a number beyond the range';
  return withArticle(typeof input);
}
