// Reads `packages/*/src` into parsed files with their imports.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { parseSync } from 'oxc-parser';
import { importsOf } from './imports.mjs';

/**
 * @typedef {{ file: string, line: number, rule: string, message: string }} Violation `file` is relative to the root
 * @typedef {object} SourceFile
 * @property {string} path relative to the root, with slashes
 * @property {string} packageName the folder below `packages`
 * @property {boolean} isTest specs, fixtures and what lies in a `testing` or `e2e` folder
 * @property {number} lines
 * @property {object} program the syntax tree, as ESTree with TypeScript
 * @property {(offset: number) => number} lineAt
 * @property {import('./imports.mjs').Import[]} imports
 *
 * @typedef {object} Package
 * @property {ReadonlySet<string>} dependencies what it may import anywhere
 * @property {ReadonlySet<string>} devDependencies what its tests may import besides; the root's are among them
 *
 * @typedef {object} Project
 * @property {string} root
 * @property {ReadonlyMap<string, Package>} packages by folder name
 * @property {SourceFile[]} files
 * @property {Violation[]} flaws files that do not parse
 */

const DEPENDENCY_FIELDS = ['dependencies', 'optionalDependencies', 'peerDependencies'];
const TEST_FILE = /(\.spec|\.fixture)\.tsx?$|\/(testing|e2e)\//;

/** @returns {Project} */
export function readProject(root) {
  const rootManifest = readManifest(root);
  const packages = new Map();
  const files = [];
  const flaws = [];
  for (const packageName of foldersIn(join(root, 'packages'))) {
    const folder = join(root, 'packages', packageName);
    if (!existsSync(join(folder, 'package.json'))) continue;
    packages.set(packageName, packageFrom(readManifest(folder), rootManifest));
    for (const absolute of sourcesIn(join(folder, 'src'))) {
      const path = relative(root, absolute).split(sep).join('/');
      const { file, errors } = parseSource({ path, packageName, text: readFileSync(absolute, 'utf8') });
      files.push(file);
      flaws.push(...errors);
    }
  }
  return { root, packages, files, flaws };
}

export function foldersIn(folder) {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

function readManifest(folder) {
  const file = join(folder, 'package.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

function packageFrom(manifest, rootManifest) {
  const dependencies = DEPENDENCY_FIELDS.flatMap((field) => Object.keys(manifest[field] ?? {}));
  const forTests = [manifest, rootManifest].flatMap((each) => Object.keys(each.devDependencies ?? {}));
  return { dependencies: new Set(dependencies), devDependencies: new Set(forTests) };
}

function sourcesIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourcesIn(path);
    return /\.tsx?$/.test(entry.name) && !entry.name.endsWith('.d.ts') ? [path] : [];
  });
}

function parseSource({ path, packageName, text }) {
  const { program, errors } = parseSync(path, text, { preserveParens: false, sourceType: 'module' });
  const lineAt = lineFinder(text);
  const file = {
    path,
    packageName,
    isTest: TEST_FILE.test(path),
    lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0),
    program,
    lineAt,
    imports: importsOf(program, lineAt),
  };
  const flaws = errors.map(({ message, labels }) => ({
    file: path,
    line: lineAt(labels[0]?.start ?? 0),
    rule: 'parse',
    message,
  }));
  return { file, errors: flaws };
}

function lineFinder(text) {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (starts[middle] <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}
