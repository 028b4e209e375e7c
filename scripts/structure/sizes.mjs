// How long files and functions may grow, and those that are longer for now.
import { walk } from './walk.mjs';

export const FILE_LINES_LIMIT = 400;
export const FUNCTION_LINES_LIMIT = 60;

/**
 * @typedef {{ file: string, functionName?: string, lines: number }} SizeException may have up to `lines` lines
 *
 * This list only shrinks: an entry that grows, or is no longer needed, is a violation.
 * @type {readonly SizeException[]}
 */
export const SIZE_EXCEPTIONS = [{ file: 'packages/kernel/src/pure/period.spec.ts', lines: 493 }];

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

/** @returns {import('./project.mjs').Violation[]} */
export function checkSizes(project, exceptions) {
  const tooLong = project.files.flatMap(oversizedIn);
  const granted = new Map(exceptions.map((exception) => [keyOf(exception), exception]));
  const needed = new Set(tooLong.map(keyOf));
  return [
    ...tooLong.filter((each) => each.lines > (granted.get(keyOf(each))?.lines ?? 0)).map(tooLongViolation),
    ...exceptions.filter((exception) => !needed.has(keyOf(exception))).map(needlessViolation),
  ];
}

function oversizedIn(file) {
  const whole = file.lines > FILE_LINES_LIMIT ? [{ file: file.path, lines: file.lines, line: 1 }] : [];
  return [...whole, ...longFunctionsIn(file)];
}

/** Test files are left out: there a `describe` is a function. */
function longFunctionsIn(file) {
  if (file.isTest) return [];
  const found = [];
  walk(file.program, (node, ancestors) => {
    if (!FUNCTIONS.has(node.type)) return;
    const line = file.lineAt(node.start);
    const lines = file.lineAt(node.end) - line + 1;
    if (lines <= FUNCTION_LINES_LIMIT) return;
    found.push({ file: file.path, functionName: nameOf(node, ancestors), lines, line });
  });
  return found;
}

function nameOf(node, ancestors) {
  const parent = ancestors.at(-1);
  return node.id?.name ?? parent?.key?.name ?? parent?.id?.name ?? `line ${node.start}`;
}

function keyOf({ file, functionName = '' }) {
  return `${file}#${functionName}`;
}

function tooLongViolation({ file, functionName, lines, line }) {
  const what = functionName ? `function ${functionName}` : 'the file';
  const limit = functionName ? FUNCTION_LINES_LIMIT : FILE_LINES_LIMIT;
  return { file, line, rule: 'size', message: `${what} has ${lines} lines, ${limit} are allowed; split it` };
}

function needlessViolation({ file, functionName = 'the file' }) {
  const message = `${functionName} needs no exception any more; take it out of scripts/structure/sizes.mjs`;
  return { file, line: 1, rule: 'size-exception', message };
}
