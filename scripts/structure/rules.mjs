// The rules as a table: a name, and a check that finds what breaks it.

import { existsSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, posix } from 'node:path';
import { packageOf } from './imports.mjs';
import { foldersIn } from './project.mjs';
import { anyCasts, httpStatuses, impurities, sqlTexts } from './syntax.mjs';

/** Who may import whom. A new package needs a row. */
const MAY_IMPORT = {
  kernel: [],
  postgres: ['kernel'],
  dynamodb: ['kernel'],
  saas: ['kernel'],
  server: ['kernel', 'postgres', 'dynamodb', 'saas'],
  client: [],
  console: ['client'],
};
const SCOPE = '@landlord/';
const PURE = 'packages/kernel/src/pure/';
const PURE_LIBRARIES = ['bignumber.js', 'currency-codes', 'temporal-polyfill'];
const TEST_LIBRARIES = ['vitest', 'fast-check'];
const CAPABILITY_FILE = /^packages\/saas\/src\/(?!http\/|master\/)[^/]+\/.+\.ts$/;
const NOT_A_RULE = /(\.(service|controller|module|schema|item)|(^|\/)index)\.ts$/;
const RULE_IMPORTS = [`${SCOPE}kernel/pure`, 'node:crypto'];
const SPEAKS_HTTP = [
  /^packages\/server\/src\/http\//,
  // The vocabulary in which controllers declare their operations.
  /^packages\/saas\/src\/http\//,
  /\.controller\.ts$/,
  // Those that call an HTTP service read its statuses.
  /^packages\/server\/src\/usage-import\/delivery\//,
  /^packages\/server\/src\/webhooks\//,
  /^packages\/(client|console)\//,
];

/** @type {readonly { name: string, check: (project: import('./project.mjs').Project) => object[] }[]} */
export const RULES = [
  { name: 'direction', check: perImport(directionFlaw) },
  { name: 'package-border', check: perImport(borderFlaw) },
  { name: 'undeclared-package', check: perImport(undeclaredFlaw) },
  { name: 'pure-imports', check: perImport(pureImportFlaw) },
  { name: 'rule-imports', check: perImport(ruleImportFlaw) },
  { name: 'pure', check: perFile((file) => (isPure(file) || isRule(file) ? impurities(file) : [])) },
  { name: 'sql', check: perFile((file) => (mayHoldSql(file) ? [] : sqlTexts(file))) },
  { name: 'http-status', check: perFile((file) => (maySpeakHttp(file) ? [] : httpStatuses(file))) },
  { name: 'any-cast', check: perFile(anyCasts) },
  { name: 'readme', check: missingReadmes },
];

function perFile(find) {
  return ({ files }) =>
    files.flatMap((file) => find(file).map(({ line, message }) => ({ file: file.path, line, message })));
}

function perImport(flawOf) {
  return (project) =>
    project.files.flatMap((file) =>
      file.imports.flatMap((each) => {
        const message = flawOf(file, each, project);
        return message === null ? [] : [{ file: file.path, line: each.line, message }];
      }),
    );
}

function directionFlaw({ packageName }, { specifier }) {
  const allowed = MAY_IMPORT[packageName];
  if (!allowed) return `package ${packageName} has no row in the table of directions`;
  if (!specifier.startsWith(SCOPE)) return null;
  const target = specifier.slice(SCOPE.length).split('/')[0];
  if (allowed.includes(target)) return null;
  const choice = allowed.length > 0 ? `only ${allowed.join(', ')}` : 'no package of this repository';
  return `${packageName} may import ${choice}, not ${specifier}`;
}

function borderFlaw(file, { specifier }) {
  if (!specifier.startsWith('.')) return null;
  const home = `packages/${file.packageName}/`;
  if (resolved(file, specifier).startsWith(`${home}src/`)) return null;
  // Compiled code finds its migrations and manifest one folder up.
  if (resolved(file, specifier) === `${home}package.json`) return null;
  return `${specifier} leaves the sources of packages/${file.packageName}; import the package by its name`;
}

function undeclaredFlaw(file, { specifier, isTypeOnly }, { packages }) {
  const wanted = packageOf(specifier);
  if (wanted === null || isBuiltin(specifier)) return null;
  const { dependencies, devDependencies } = packages.get(file.packageName);
  if (dependencies.has(wanted)) return null;
  if (!devDependencies.has(wanted))
    return `packages/${file.packageName}/package.json does not declare ${wanted}`;
  if (file.isTest || isTypeOnly) return null;
  return `${wanted} is a development dependency, but this file is no test`;
}

function pureImportFlaw(file, { specifier }) {
  if (!isInPure(file)) return null;
  if (specifier.startsWith('.')) {
    return resolved(file, specifier).startsWith(PURE) ? null : `${specifier} leaves the pure kernel`;
  }
  if (PURE_LIBRARIES.includes(packageOf(specifier))) return null;
  if (file.isTest && TEST_LIBRARIES.includes(specifier)) return null;
  return `the pure kernel imports only ${PURE_LIBRARIES.join(', ')}, not ${specifier}`;
}

function ruleImportFlaw(file, { specifier, isTypeOnly }, { files }) {
  if (!isRule(file) || isTypeOnly || RULE_IMPORTS.includes(specifier)) return null;
  if (specifier.startsWith('.')) {
    const target = resolved(file, specifier).replace(/\.js$/, '.ts');
    if (files.some((each) => each.path === target && isRule(each))) return null;
  }
  return `a rule takes values only from ${RULE_IMPORTS.join(', ')} and other rules, not ${specifier}`;
}

function missingReadmes({ root }) {
  const home = 'packages/saas/src';
  return foldersIn(join(root, home))
    .filter((name) => !existsSync(join(root, home, name, 'README.md')))
    .map((name) => ({
      file: `${home}/${name}/README.md`,
      line: 1,
      message: 'is missing: terms, invariants, what the folder does not own',
    }));
}

function isInPure({ path }) {
  return path.startsWith(PURE);
}

function isPure(file) {
  return isInPure(file) && !file.isTest;
}

/** Rules of a capability: what is neither effect (service, controller, module) nor a mapping at the edge. */
function isRule({ path, isTest }) {
  return !isTest && CAPABILITY_FILE.test(path) && !NOT_A_RULE.test(path);
}

function mayHoldSql({ packageName, isTest }) {
  return packageName === 'postgres' || isTest;
}

function maySpeakHttp({ path, isTest }) {
  return isTest || SPEAKS_HTTP.some((pattern) => pattern.test(path));
}

function resolved({ path }, specifier) {
  return posix.normalize(posix.join(posix.dirname(path), specifier));
}
