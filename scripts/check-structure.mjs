// Checks what the compiler and the linter cannot: who may import whom, what rules may touch, how long things may grow.
// `node scripts/check-structure.mjs`: one line per violation and exit code 1, or a summary and 0.
import { fileURLToPath } from 'node:url';
import { readProject } from './structure/project.mjs';
import { RULES } from './structure/rules.mjs';
import { checkSizes, SIZE_EXCEPTIONS } from './structure/sizes.mjs';

/**
 * @param {string} root folder that holds `packages/`
 * @param {{ sizeExceptions?: readonly import('./structure/sizes.mjs').SizeException[] }} [options]
 * @returns {{ violations: import('./structure/project.mjs').Violation[], summary: string }}
 */
export function checkStructure(root, { sizeExceptions = SIZE_EXCEPTIONS } = {}) {
  const project = readProject(root);
  const violations = [
    ...project.flaws,
    ...RULES.flatMap((rule) => rule.check(project).map((found) => ({ ...found, rule: rule.name }))),
    ...checkSizes(project, sizeExceptions),
  ].sort(byPlace);
  const summary =
    `structure: ${project.files.length} files of ${project.packages.size} packages keep ` +
    `${RULES.length + 2} rules (${sizeExceptions.length} exceptions of size)`;
  return { violations, summary };
}

function byPlace(one, other) {
  return one.file.localeCompare(other.file) || one.line - other.line;
}

function main() {
  const { violations, summary } = checkStructure(fileURLToPath(new URL('..', import.meta.url)));
  for (const { file, line, rule, message } of violations) {
    process.stderr.write(`${file}:${line}: ${rule}: ${message}\n`);
  }
  process.stdout.write(violations.length === 0 ? `${summary}\n` : '');
  if (violations.length > 0) process.stderr.write(`structure: ${violations.length} violations\n`);
  return violations.length === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main();
