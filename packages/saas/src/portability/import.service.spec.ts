import { type ImportOutcome, type ItemKey, type Store, type TenantRow } from '@landlord/kernel';
import { describe, expect, it } from 'vitest';
import { LINE_BYTES_LIMIT } from './file-lines.service.js';
import { ImportService } from './import.service.js';
import { FileDigest, footerOf, lineOf } from './tenant-file.js';

const HASH = 'a'.repeat(64);
const AT = '2024-01-01T00:00:00.000Z';
const key = { pk: 'TENANT#acme', sk: 'MASTER' };
const attributes = { status: 'active', industry: null, country: null, timezone: 'UTC' };
const item = {
  ...key,
  version: 1,
  tenantCode: 'acme',
  type: 'TENANT',
  code: 'acme',
  name: 'Acme',
  attributes,
  isDeleted: false,
  dueAt: null,
  createdAt: AT,
  createdBy: 'u',
  updatedAt: AT,
  updatedBy: 'u',
  requestId: 'r',
  source: 's',
};
const link = { sequence: 1, contentHash: HASH, hash: HASH };
const command = {
  ...key,
  version: 1,
  kind: 'full' as const,
  tenantCode: 'acme',
  type: 'TENANT',
  input: {
    kind: 'full' as const,
    ...key,
    version: 0,
    tenantCode: 'acme',
    type: 'TENANT',
    code: 'acme',
    name: 'Acme',
    attributes,
  },
  item,
  userId: 'u',
  requestId: 'r',
  source: 's',
  ip: null,
  at: AT,
  link,
  isRedacted: false,
};
const event = {
  id: 'e1',
  fingerprint: '0f'.repeat(16),
  metric: 'apiCalls',
  periodSk: 'USAGE#2024-01',
  at: AT,
  quantity: '1',
  mode: 'add' as const,
  hour: AT,
  pooledWith: [],
  readings: [],
  properties: {},
  userId: 'u',
  requestId: 'r',
  recordedAt: AT,
};
const HEAD = {
  kind: 'head',
  head: { tenantCode: 'acme', sequence: 1, hash: HASH, unchained: 0, isSealed: false },
} as const;
const ITEM = { kind: 'item', item } as const;
const ROSTER = {
  ...item,
  sk: 'ROSTER',
  type: 'ROSTER',
  attributes: { active: 1, admins: 1, seats: 1 },
};
const ROWS: readonly TenantRow[] = [
  HEAD,
  { kind: 'item', item },
  { kind: 'command', command },
  { kind: 'event', event },
  { kind: 'eventId', eventId: { idHash: 'ab'.repeat(16), fingerprint: 'cd'.repeat(16), recordedAt: AT } },
  { kind: 'hour', hour: { metric: 'apiCalls', hour: AT, dimensions: {}, quantity: '1', count: 1 } },
];

/** The lines of a file that is right as a file, whatever its rows say. */
function linesFor(rows: readonly TenantRow[]): string[] {
  const digest = new FileDigest();
  const lines = rows.map((row) => {
    const line = lineOf(row);
    digest.add(row.kind, line);
    return line;
  });
  return [...lines, footerOf(digest)];
}

/** A store that reads all rows, and then says what it is told to. */
function importing(outcome: ImportOutcome = { status: 'imported' }) {
  const taken: TenantRow[] = [];
  const importTenant = async (_tenantCode: string, rows: AsyncIterable<TenantRow>) => {
    for await (const row of rows) taken.push(row);
    return outcome;
  };
  const here = { ...item, code: 'here', name: 'Here' };
  const getMany = async (_scope: unknown, keys: readonly ItemKey[]) =>
    keys.map(({ pk, sk }) => (pk === 'TENANT#here' && ['MASTER', 'CHILD#acme'].includes(sk) ? here : null));
  const get = async (_scope: unknown, { sk }: ItemKey) => (sk === 'PLANVERSION#starter#00001' ? {} : null);
  return { service: new ImportService({ importTenant, getMany, get } as unknown as Store), taken };
}

async function* bytesOf(text: string, size = 1_000): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

const changed = (line: object) => `${JSON.stringify(line)}\n`;
const whole = linesFor(ROWS).join('');

function withTenant(changes: object): string {
  const changed = { ...item, attributes: { ...attributes, ...changes } };
  return linesFor([HEAD, { kind: 'item', item: changed }]).join('');
}

describe('the tenant of an import', () => {
  it.each<[string, string, string]>([
    [
      'no tenant at all',
      linesFor([HEAD, { kind: 'command', command }]).join(''),
      'line 3: ends a file without the tenant',
    ],
    [
      'an unknown type',
      linesFor([HEAD, { kind: 'item', item: { ...item, type: 'NOTE' } }]).join(''),
      'line 2: is of the type "NOTE"',
    ],
    ['two tenants', linesFor([HEAD, ITEM, ITEM]).join(''), 'line 3: is a second tenant'],
    [
      'a deleted one',
      linesFor([HEAD, { kind: 'item', item: { ...item, isDeleted: true } }]).join(''),
      'line 2: is the tenant, deleted',
    ],
    [
      'erased without a seal',
      withTenant({ status: 'erased' }),
      'line 2: is erased, but its chain is not sealed',
    ],
    [
      'sealed without an erasure',
      linesFor([{ ...HEAD, head: { ...HEAD.head, isSealed: true } }, ITEM]).join(''),
      'line 2: is active, but its chain is sealed',
    ],
    [
      'a roster of others',
      linesFor([HEAD, ITEM, { kind: 'item', item: ROSTER }, { kind: 'command', command }]).join(''),
      'line 5: ends a file whose roster counts other members',
    ],
    ['below itself', withTenant({ ancestors: ['acme'], parentCode: 'acme' }), 'line 2: stands below itself'],
    ['below one that does not know it', withTenant({ ancestors: ['away'], parentCode: 'away' }), 'not here'],
    ['a zone there is not', withTenant({ timezone: 'Mars/Olympus' }), 'timezone'],
    ['an unknown status', withTenant({ status: 'asleep' }), 'status'],
    [
      'an ancestor that is not here',
      withTenant({ ancestors: ['there'], parentCode: 'there' }),
      'import that first',
    ],
    ['an ancestor that is no code', withTenant({ ancestors: ['A#B'] }), 'ancestors'],
    ['a parent to live on without one', withTenant({ billing: 'parent' }), 'has none'],
  ])('is not %s', async (_, file, message) => {
    const { service } = importing();
    await expect(service.import(bytesOf(file))).rejects.toMatchObject({
      code: 'validation_failed',
      message: expect.stringContaining(message),
    });
  });

  it('may stand below another that is here', async () => {
    const file = withTenant({ ancestors: ['here'], parentCode: 'here', billing: 'parent' });
    expect(await importing().service.import(bytesOf(file))).toMatchObject({ tenantCode: 'acme' });
  });
});

describe('the lines of an import', () => {
  it.each([1, 7, 1_000_000])('are read in pieces of %d bytes', async (size) => {
    const { service, taken } = importing();
    expect(await service.import(bytesOf(whole, size))).toEqual({
      tenantCode: 'acme',
      counts: { items: 1, commands: 1, removed: 0, events: 1, eventIds: 1, hours: 1, sightings: 0 },
    });
    expect(taken).toEqual(ROWS);
  });

  it.each<[string, string, number]>([
    ['nothing', '', 1],
    ['no JSON', 'hello\n', 1],
    ['no header', linesFor(ROWS).slice(1).join(''), 1],
    ['another format', whole.replace('"format":2', '"format":1'), 1],
    ['a reserved tenant', whole.replace('"tenantCode":"acme"}\n', '"tenantCode":"common"}\n'), 1],
    [
      "another tenant's item",
      linesFor([HEAD, { kind: 'item', item: { ...item, pk: 'TENANT#globex' } }]).join(''),
      2,
    ],
    [
      'a plan',
      linesFor([HEAD, { kind: 'item', item: { ...item, pk: 'MASTER#COMMON', tenantCode: 'common' } }]).join(
        '',
      ),
      2,
    ],
    [
      'an item that says it is of another tenant',
      linesFor([HEAD, { kind: 'item', item: { ...item, tenantCode: 'globex' } }]).join(''),
      2,
    ],
    [
      'a command on another item',
      linesFor([HEAD, { kind: 'command', command: { ...command, sk: 'NOTE#2' } }]).join(''),
      2,
    ],
    [
      'a command of another version',
      linesFor([HEAD, { kind: 'command', command: { ...command, version: 2 } }]).join(''),
      2,
    ],
    [
      'a sequence too many',
      linesFor([HEAD, { kind: 'command', command: { ...command, link: { ...link, sequence: 2 } } }]).join(''),
      2,
    ],
    ['an unknown kind', `${linesFor(ROWS)[0]}${changed({ kind: 'plan' })}`, 2],
    [
      'a field too many',
      `${linesFor(ROWS)[0]}${changed({ kind: 'item', item: { ...item, isAdmin: true } })}`,
      2,
    ],
    ['a polluting name', `${linesFor(ROWS)[0]}{"kind":"item","__proto__":{}}\n`, 2],
    ['a list', `${linesFor(ROWS)[0]}[]\n`, 2],
    ['events before items', linesFor([HEAD, { kind: 'event', event }, { kind: 'item', item }]).join(''), 3],
    ['a second header', linesFor([HEAD, HEAD]).join(''), 2],
    ['no footer', linesFor(ROWS).slice(0, -1).join(''), 7],
    ['a cut footer', whole.slice(0, -3), 7],
    ['a line less', linesFor(ROWS).toSpliced(3, 1).join(''), 6],
    ['another byte', whole.replace('"name":"Acme"', '"name":"Acne"'), 7],
    ['a line after the footer', `${whole}\n`, 8],
    ['an hour before the ids', linesFor([...ROWS.slice(0, 4), ...ROWS.slice(4).toReversed()]).join(''), 6],
    ['an endless line', `${linesFor(ROWS)[0]}${'x'.repeat(LINE_BYTES_LIMIT + 1)}`, 2],
  ])('are refused with %s', async (_what, file, line) => {
    const refused = importing().service.import(bytesOf(file, 64 * 1024));
    await expect(refused).rejects.toMatchObject({
      code: 'validation_failed',
      errors: [{ path: `line ${line}` }],
    });
  });

  it('are refused when they are no UTF-8', async () => {
    async function* bytes() {
      yield Buffer.from([0xff, 0xfe, 0x0a]);
    }
    await expect(importing().service.import(bytes())).rejects.toMatchObject({ errors: [{ path: 'line 1' }] });
  });

  it('are named when what they say together is wrong', async () => {
    const { service } = importing({ status: 'inconsistent', sequence: 1, key: null, message: 'no link' });
    await expect(service.import(bytesOf(whole))).rejects.toMatchObject({ errors: [{ path: 'line 3' }] });
  });

  it('are of a tenant that is not there yet', async () => {
    const { service } = importing({ status: 'exists' });
    await expect(service.import(bytesOf(whole))).rejects.toMatchObject({ code: 'already_exists' });
  });
});
