import { describe, expect, it } from 'vitest';
import { AUDIT_BEGIN, verifyAudit } from '../core/audit-verification.js';
import {
  type ErasureCertificate,
  type ErasureRules,
  type ImportOutcome,
  type TenantRow,
} from '../core/portability.js';
import { type Store, SYSTEM_SCOPE, tenantScope } from '../core/store.js';
import { commit, committed, fingerprintOf, full, increment, originOf, partial } from './fixtures.js';
import { stepwiseRules } from './stepwise-rules.js';
import { type GetStores } from './store-contract.js';

const COUNTING = stepwiseRules({
  pk: (tenantCode) => `TENANT#${tenantCode}`,
  skPrefix: 'USAGE#',
  settle: (_state, { tenantCode }, fresh) => ({
    status: 'settled',
    standings: [],
    effects: fresh.map(({ metric, hour, quantity }) => ({
      metric,
      hour,
      dimensions: {},
      quantity,
      count: 1,
    })),
    sightings: fresh.map(({ id, periodSk }) => ({ tenantCode, metric: 'n', value: `v-${id}`, periodSk })),
    commands: fresh.map(({ periodSk, quantity }) => ({
      pk: `TENANT#${tenantCode}`,
      sk: periodSk,
      increments: [{ path: ['n'], by: quantity }],
      initial: { tenantCode, type: 'USAGE', code: '', name: '', attributes: { n: 0 } },
    })),
  }),
});

/** A tenant with several of everything. */
async function lived(store: Store, tenant: string, status = 'active'): Promise<void> {
  const by = (userId: string) => ({ origin: originOf({ userId, ip: '192.0.2.7' }) });
  const attributes = { status, contact: 'Ada Lovelace' };
  await committed(
    store,
    [full(tenant, 'MASTER', { type: 'TENANT', attributes }), full(tenant, 'USER#ada')],
    by('usr-ada'),
  );
  await committed(store, [
    full(tenant, 'NOTE#1', { attributes: { of: 'Ada', n: 0.1, big: 1e21, '\u{1F600}': '@7' } }),
  ]);
  await committed(store, [increment(tenant, 'NOTE#1', { n: '0.2' })], by('usr-ada'));
  await committed(
    store,
    [partial(tenant, 'NOTE#1', { version: 2, attributes: { of: 'Grace' } })],
    by('usr-grace'),
  );
  await committed(store, [partial(tenant, 'USER#ada', { version: 1, isDeleted: true })]);
  const events = Array.from({ length: 5 }, (_, index) => ({
    id: `e${index}`,
    fingerprint: fingerprintOf('f'),
    metric: 'n',
    periodSk: 'USAGE#2024-01',
    at: '2024-01-15T00:00:00.001Z',
    hour: '2024-01-15T00:00:00.000Z',
    quantity: '1.000000001',
    mode: 'add' as const,
    properties: { by: 'Ada', deep: 1e-7 },
    readings: [],
  }));
  const alone = {
    tenantCode: tenant,
    carried: new Set<string>(),
    pooledWith: [],
    admission: null,
    checks: [],
  };
  await store.meter([{ ...alone, origin: originOf({ userId: 'usr-ada' }), events }], COUNTING);
}

async function exported(store: Store, tenant: string): Promise<TenantRow[]> {
  const rows: TenantRow[] = [];
  for await (const row of store.exportTenant(tenant)) rows.push(row);
  return rows;
}

async function* flowing(rows: readonly TenantRow[]): AsyncGenerator<TenantRow> {
  yield* rows;
}

/** Keeps TENANT, NOTE and USAGE; persons become `somebody`. */
const RULES: ErasureRules = {
  isKept: (type) => ['TENANT', 'NOTE', 'USAGE'].includes(type),
  learn: () => undefined,
  redactText: (text) => text.replaceAll(/Ada Lovelace|Ada|Grace/g, 'somebody'),
  redactItem: (item) => ({ ...item, ...redacted(item), createdBy: 'somebody', updatedBy: 'somebody' }),
  redactCommand: (command) => ({
    ...command,
    item: RULES.redactItem(command.item),
    input: {
      ...command.input,
      ...redacted(command.input as { attributes?: object }),
    } as typeof command.input,
    userId: 'somebody',
    ip: null,
    isRedacted: true,
  }),
};

function redacted({ attributes }: { attributes?: object }): object {
  const text = RULES.redactText(JSON.stringify(attributes ?? null));
  return attributes ? { attributes: JSON.parse(text) } : {};
}

function erase(store: Store, tenantCode: string) {
  const origin = originOf({ userId: 'operator', at: '2024-05-01T00:00:00.000Z' });
  return store.eraseTenant({ tenantCode, origin, reason: 'asked for by Ada Lovelace', rules: RULES });
}

function verify(store: Store, tenantCode: string) {
  return verifyAudit(store, { scope: SYSTEM_SCOPE, tenantCode, place: AUDIT_BEGIN, limit: 1_000 });
}

/** What somebody may do to the rows of an export. */
const FORGERIES: [string, (row: TenantRow, index: number) => TenantRow[], object][] = [
  [
    'a state that no command left',
    (row) => (row.kind === 'item' ? [{ ...row, item: { ...row.item, name: 'forged' } }] : [row]),
    { key: { sk: 'MASTER' } },
  ],
  [
    'a command that was not carried out',
    (row) =>
      row.kind === 'command' && row.command.link?.sequence === 3
        ? [{ ...row, command: { ...row.command, userId: 'forged' } }]
        : [row],
    { sequence: 3 },
  ],
  [
    'an entry less',
    (row) => (row.kind === 'command' && row.command.link?.sequence === 4 ? [] : [row]),
    { sequence: 4 },
  ],
  [
    'a chain that ends early',
    (row) => (row.kind === 'head' ? [{ ...row, head: { ...row.head, sequence: 2 } }] : [row]),
    { message: expect.stringContaining('head') },
  ],
  [
    'a command said to be redacted',
    (row) =>
      row.kind === 'command' ? [{ ...row, command: { ...row.command, isRedacted: true, ip: null } }] : [row],
    { sequence: 1 },
  ],
  [
    'a row twice',
    (row) => (row.kind === 'item' ? [row, row] : [row]),
    { message: expect.stringContaining('twice') },
  ],
];

export function describePortability(get: GetStores): void {
  describe('portability', () => {
    it('exports a tenant whole and in order, and nothing of another', async () => {
      await lived(get().store, 'move');
      await lived(get().store, 'move-b');
      const rows = await exported(get().peer, 'move');
      expect(rows.map(({ kind }) => kind).join(' ')).toMatch(
        /^head( item){4}( command){7}( event){5} hour( sighting){5}$/,
      );
      expect(JSON.stringify(rows)).not.toContain('move-b');
      expect(await exported(get().store, 'move-none')).toEqual([]);
    });

    it('is of one moment, whoever writes meanwhile', async () => {
      await lived(get().store, 'move-busy');
      const rows = get().store.exportTenant('move-busy')[Symbol.asyncIterator]();
      await rows.next();
      await committed(get().peer, [full('move-busy', 'NOTE#late')]);
      const texts: string[] = [];
      for (let row = await rows.next(); !row.done; row = await rows.next())
        texts.push(JSON.stringify(row.value));
      expect(texts.join()).not.toContain('NOTE#late');
    });

    it('lets go of an export that nobody reads to the end', async () => {
      await lived(get().store, 'move-cut');
      for (let round = 0; round < 20; round += 1) {
        for await (const row of get().store.exportTenant('move-cut')) if (row.kind === 'item') break;
      }
      expect(await get().store.get(SYSTEM_SCOPE, { pk: 'TENANT#move-cut', sk: 'MASTER' })).not.toBeNull();
    });

    it('imports what was exported, to the same rows, and goes on from there', async () => {
      const { store, elsewhere } = get();
      const rows = await exported(store, 'move');
      expect(await elsewhere.importTenant('move', flowing(rows))).toEqual({ status: 'imported' });
      expect(await exported(elsewhere, 'move')).toEqual(rows);
      expect(await elsewhere.importTenant('move', flowing(rows))).toEqual({ status: 'exists' });
      expect(await elsewhere.feed.backlog()).toMatchObject({ pendingItems: 0 });
      await committed(elsewhere, [increment('move', 'NOTE#1', { n: '1' })]);
      expect((await verify(elsewhere, 'move')).difference).toBeNull();
      const audit = await elsewhere.audit(tenantScope('move'), { limit: 200 });
      expect(audit.items.map(({ link }) => link?.sequence)).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
    });

    it('lets exactly one of two imports of a tenant win', async () => {
      const rows = await exported(get().store, 'move-b');
      const { elsewhere } = get();
      const outcomes = await Promise.all([1, 2].map(() => elsewhere.importTenant('move-b', flowing(rows))));
      expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['exists', 'imported']);
    });

    it.each(FORGERIES)('takes nothing when there is %s', async (_what, forge, expected) => {
      const { store, elsewhere } = get();
      const rows = (await exported(store, 'move-busy')).flatMap(forge);
      const outcome: ImportOutcome = await elsewhere.importTenant('move-busy', flowing(rows));
      expect(outcome).toMatchObject({ status: 'inconsistent', ...expected });
      expect(await exported(elsewhere, 'move-busy')).toEqual([]);
    });

    it("takes nothing of another tenant's, nor when the rows break off", async () => {
      const { store, elsewhere } = get();
      const rows = await exported(store, 'move-busy');
      const foreign = (await exported(store, 'move-cut')).filter(({ kind }) => kind === 'item');
      await expect(
        elsewhere.importTenant('move-busy', flowing([...rows.slice(0, 1), ...foreign])),
      ).rejects.toThrow();
      async function* broken() {
        yield* rows.slice(0, 4);
        throw new Error('the line broke');
      }
      await expect(elsewhere.importTenant('move-busy', broken())).rejects.toThrow('the line broke');
      expect(await exported(elsewhere, 'move-busy')).toEqual([]);
      expect(await exported(elsewhere, 'move-cut')).toEqual([]);
    });

    it('erases only a tenant that is closed, and only once', async () => {
      await lived(get().store, 'gone-open');
      expect(await erase(get().store, 'gone-open')).toEqual({ status: 'refused', tenantStatus: 'active' });
      expect(await erase(get().store, 'gone-none')).toEqual({ status: 'absent' });
      await lived(get().store, 'gone', 'closed');
      await lived(get().store, 'gone-not', 'closed');
      const before = await get().store.auditHead(SYSTEM_SCOPE, 'gone');
      const outcomes = await Promise.all([erase(get().store, 'gone'), erase(get().peer, 'gone')]);
      expect(outcomes[0]).toEqual(outcomes[1]);
      expect(outcomes[0]).toMatchObject({
        status: 'erased',
        certificate: {
          by: 'operator',
          reason: 'asked for by somebody',
          items: { erased: { USER: 1 }, kept: { NOTE: 1, TENANT: 1, USAGE: 1 } },
          sequences: [[1, 7]],
          commands: { redacted: 5, removed: 2 },
          rows: { usageEvents: 5, usageEventIds: 5, usageHours: 1, sightings: 5 },
          headBefore: { sequence: 7, hash: before?.hash },
        },
      });
      expect(await erase(get().store, 'gone')).toEqual(outcomes[0]);
    });

    it('keeps its answer under an idempotency key, also when it was erased before', async () => {
      const { store, peer } = get();
      await lived(store, 'gone-once', 'closed');
      const origin = originOf({ userId: 'operator', at: '2024-05-01T00:00:00.000Z' });
      const respond = ({ by }: ErasureCertificate) => ({ by });
      const under = (key: string, fingerprint: string, on = store) =>
        on.eraseTenant({
          tenantCode: 'gone-once',
          origin,
          reason: null,
          rules: RULES,
          idempotency: { owner: 'me', key, fingerprint, scope: SYSTEM_SCOPE, respond },
        });
      const outcomes = await Promise.all([under('e1', 'f1'), under('e1', 'f1', peer)]);
      expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['erased', 'replayed']);
      expect(await under('e1', 'f1')).toEqual({ status: 'replayed', result: { by: 'operator' } });
      expect(await under('e1', 'f2')).toEqual({ status: 'idempotency_mismatch' });
      expect(await under('e2', 'f1')).toMatchObject({ status: 'erased' });
      expect(await under('e2', 'f2')).toEqual({ status: 'idempotency_mismatch' });
      expect(await store.findIdempotent(SYSTEM_SCOPE, 'me', 'e2')).toMatchObject({
        result: { by: 'operator' },
      });
    });

    it('leaves no person in what is left, and keeps the rest', async () => {
      const rows = await exported(get().store, 'gone');
      expect(JSON.stringify(rows)).not.toMatch(/USER#|usr-|Ada|Grace|192\.0\.2\.7/);
      const note = await get().store.get(SYSTEM_SCOPE, { pk: 'TENANT#gone', sk: 'NOTE#1' });
      expect(note).toMatchObject({ version: 3, attributes: { of: 'somebody', n: 0.3 } });
      const tenant = await get().store.get(SYSTEM_SCOPE, { pk: 'TENANT#gone', sk: 'MASTER' });
      expect(tenant).toMatchObject({ version: 2, attributes: { status: 'erased' } });
      expect(JSON.stringify(await exported(get().store, 'gone-not'))).toMatch(/Ada Lovelace/);
    });

    it('verifies after an erasure, and still shows tampering with what was left', async () => {
      const { store } = get();
      expect(await verify(store, 'gone')).toMatchObject({
        difference: null,
        head: { sequence: 9, isSealed: true },
      });
      await lived(store, 'gone-forged', 'closed');
      await erase(store, 'gone-forged');
      await get().tamper('content', { tenantCode: 'gone-forged', sequence: 5 });
      expect((await verify(store, 'gone-forged')).difference).toMatchObject({ flaw: 'erasure' });
    });

    it('rebuilds the states from a redacted log, to the same bytes', async () => {
      const before = JSON.stringify(await exported(get().store, 'gone'));
      await get().damage({ pk: 'TENANT#gone', sk: 'NOTE#1' });
      await get().rebuild();
      expect(JSON.stringify(await exported(get().store, 'gone'))).toBe(before);
    });

    it('takes nothing more, neither commands nor usage', async () => {
      const late = commit(get().store, [full('gone', 'USER#late')]);
      await expect(late).rejects.toMatchObject({ code: 'invalid_transition' });
      expect((await verify(get().store, 'gone')).difference).toBeNull();
      expect(await get().store.get(SYSTEM_SCOPE, { pk: 'TENANT#gone', sk: 'USER#late' })).toBeNull();
    });

    it('moves what an erasure left, too', async () => {
      const { store, elsewhere } = get();
      const rows = await exported(store, 'gone');
      expect(rows.filter(({ kind }) => kind === 'removed')).toHaveLength(2);
      expect(await elsewhere.importTenant('gone', flowing(rows))).toEqual({ status: 'imported' });
      expect(await exported(elsewhere, 'gone')).toEqual(rows);
      await expect(commit(elsewhere, [full('gone', 'USER#late')])).rejects.toMatchObject({
        code: 'invalid_transition',
      });
    });
  });
}
