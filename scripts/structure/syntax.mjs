// Findings in one syntax tree: `{ line, message }` each.
import { packageOf } from './imports.mjs';
import { walk } from './walk.mjs';

const NOT_REPEATABLE_MEMBERS = new Set([
  'Date.now',
  'Math.random',
  'performance.now',
  'Temporal.Now',
  'crypto.randomUUID',
  'crypto.getRandomValues',
]);
const NOT_PURE_NAMES = new Set([
  'Promise',
  'process',
  'console',
  'fetch',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'randomUUID',
  'randomBytes',
  'randomInt',
]);
const SQL = /\b(select|insert\s+into|update|delete\s+from)\b.+\b(from|set|values|where)\b/is;
/** Numbers that are hardly ever anything else; 200, 400 and 500 count only beside the word status. */
const TELLING_STATUSES = new Set([401, 403, 404, 405, 409, 410, 412, 413, 415, 422, 428, 429, 502, 503, 504]);
const STATUS_NAME = /status(code)?$/i;

/** Clocks, randomness and waiting: what makes the same arguments give another answer. */
export function impurities(file) {
  return findings(file, (node, ancestors) => {
    if (node.type === 'AwaitExpression') return 'waits';
    if (node.type === 'ForOfStatement' && node.await) return 'waits';
    if (node.async === true) return 'is asynchronous';
    if (isDateWithoutArgument(node)) return 'reads the clock: new Date() without an argument';
    if (node.type === 'MemberExpression' && NOT_REPEATABLE_MEMBERS.has(memberName(node))) {
      return `uses ${memberName(node)}; pass it in`;
    }
    if (isFreeName(node, ancestors) && NOT_PURE_NAMES.has(node.name)) return `uses ${node.name}; pass it in`;
    return null;
  });
}

/** Strings and templates that read like SQL. */
export function sqlTexts(file) {
  return findings(file, (node) => {
    const text = textOf(node);
    return text !== null && SQL.test(text) ? `SQL belongs to packages/postgres: "${shortened(text)}"` : null;
  });
}

/** Exceptions and statuses of the framework, and numbers used as an HTTP status. */
export function httpStatuses(file) {
  return [...frameworkHttpNames(file), ...statusNumbers(file)];
}

function frameworkHttpNames({ imports }) {
  return imports
    .filter(({ specifier }) => packageOf(specifier) === '@nestjs/common')
    .flatMap(({ names, line }) => names.map((name) => ({ name, line })))
    .filter(({ name }) => /(Exception|^HttpStatus|^HttpCode)$/.test(name))
    .map(({ name, line }) => ({
      line,
      message: `${name} belongs to the HTTP edge; throw LandlordError with a code`,
    }));
}

function statusNumbers(file) {
  return findings(file, (node, ancestors) => {
    if (node.type !== 'Literal' || !isStatus(node, ancestors.at(-1))) return null;
    return `${node.value} looks like an HTTP status; statuses belong to the HTTP edge`;
  });
}

export function anyCasts(file) {
  const casts = new Set(['TSAsExpression', 'TSTypeAssertion']);
  return findings(file, (node) =>
    casts.has(node.type) && node.typeAnnotation.type === 'TSAnyKeyword' ? 'casts to any; narrow it' : null,
  );
}

function findings(file, messageFor) {
  const found = new Map();
  walk(file.program, (node, ancestors) => {
    const message = messageFor(node, ancestors);
    if (message === null) return;
    const line = file.lineAt(node.start);
    // `{ a }` of an import is two nodes: the name there and the name here.
    found.set(`${line} ${message}`, { line, message });
  });
  return [...found.values()];
}

function isDateWithoutArgument(node) {
  if (node.type === 'CallExpression') return node.callee.name === 'Date';
  return node.type === 'NewExpression' && node.callee.name === 'Date' && node.arguments.length === 0;
}

function memberName({ object, property }) {
  return `${object.name}.${property.name}`;
}

/** A name that refers to something, rather than the key of a property or a member. */
function isFreeName(node, ancestors) {
  if (node.type !== 'Identifier') return false;
  const parent = ancestors.at(-1);
  const isKey = parent?.key === node && parent.value !== node && !parent.computed;
  return !isKey && !(parent?.type === 'MemberExpression' && parent.property === node && !parent.computed);
}

function textOf(node) {
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value;
  if (node.type === 'TemplateLiteral') return node.quasis.map(({ value }) => value.raw).join('…');
  return null;
}

function shortened(text) {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 60 ? `${line.slice(0, 60)}…` : line;
}

function isStatus({ value }, parent) {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 100 || value > 599) return false;
  return TELLING_STATUSES.has(value) || STATUS_NAME.test(nameBeside(parent, value));
}

/** The name that a number is given to, compared with or passed to. */
function nameBeside(parent, value) {
  const sides = [parent?.key, parent?.left, parent?.right, parent?.id, parent?.callee].filter(Boolean);
  const named = sides.find((side) => side.value !== value);
  return named?.property?.name ?? named?.name ?? '';
}
