import {
  type Change,
  CommandService,
  CoreModule,
  DataService,
  DataSyncHandler,
  type FullInput,
  HistoryService,
  type IDataSyncHandler,
  type InvokeContext,
  SystemClock,
  VERSION_FIRST,
} from '@landlord/kernel';
import { PostgresStore } from '@landlord/postgres';
import { createTestDatabase, type TestDatabase } from '@landlord/postgres/testing';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

const CONTEXT: InvokeContext = {
  user: { userId: 'usr-001', tenantCode: 'acme', roles: ['admin'] },
  requestId: 'req-1',
  source: 'test',
  ip: null,
  idempotency: null,
};
const OPTIONS = { invokeContext: CONTEXT };
const handled: Change[] = [];

@DataSyncHandler({ type: 'ORDER' })
class OrderHandler implements IDataSyncHandler {
  async handleSync(change: Change): Promise<void> {
    if (change.new.attributes.poison === true) throw new Error('the handler refuses');
    handled.push(change);
  }
}

@Module({ providers: [OrderHandler] })
class OrderModule {}

function order(code: string, overrides: Partial<FullInput> = {}): FullInput {
  const key = { pk: 'ORDER#acme', sk: `ORDER#${code}` };
  return {
    ...key,
    version: VERSION_FIRST,
    tenantCode: 'acme',
    type: 'ORDER',
    code,
    name: code,
    attributes: { total: 1 },
    ...overrides,
  };
}

describe("the command core in an application of one's own", () => {
  let database: TestDatabase;
  let app: INestApplicationContext;
  let commands: CommandService;
  let data: DataService;

  beforeAll(async () => {
    database = await createTestDatabase(inject('databaseUrl'));
    const store = new PostgresStore({ connectionString: database.url });
    const core = CoreModule.forRoot({ store, clock: new SystemClock(), feed: { attemptsLimit: 2 } });
    app = await NestFactory.createApplicationContext(
      { module: OrderModule, imports: [core] },
      { logger: ['error'] },
    );
    app.enableShutdownHooks();
    commands = app.get(CommandService);
    data = app.get(DataService);
  });
  afterAll(async () => {
    await app?.close();
    await database?.drop();
  });

  it('publishes synchronously: the handlers have run', async () => {
    const item = await commands.publishSync(order('1'), OPTIONS);
    expect(item).toMatchObject({ version: 1, createdBy: 'usr-001', source: 'test', requestId: 'req-1' });
    expect(handled).toMatchObject([
      { sk: 'ORDER#1', version: 1, old: null, new: { attributes: { total: 1 } } },
    ]);
  });

  it('publishes asynchronously: committed at once, handled soon', async () => {
    await commands.publishAsync(order('2'), OPTIONS);
    expect(await data.getItem(order('2'), OPTIONS)).toMatchObject({ version: 1 });
    await expect.poll(() => handled.some(({ sk }) => sk === 'ORDER#2'), { timeout: 5_000 }).toBe(true);
  });

  it('updates partly, both ways, and tells nobody when nothing changes', async () => {
    const update = { pk: 'ORDER#acme', sk: 'ORDER#1', version: 1, attributes: { note: { by: 'me' } } };
    expect(await commands.publishPartialUpdateSync(update, OPTIONS)).toMatchObject({
      version: 2,
      attributes: { total: 1, note: { by: 'me' } },
    });
    const more = { ...update, version: 2, attributes: { note: { at: 'noon' } } };
    expect(await commands.publishPartialUpdateAsync(more, OPTIONS)).toMatchObject({
      attributes: { note: { by: 'me', at: 'noon' } },
    });
    expect(await commands.publishPartialUpdateAsync({ ...more, version: 3 }, OPTIONS)).toBeNull();
    expect(
      await commands.publishSync(
        order('1', { version: 3, attributes: { total: 1, note: { at: 'noon', by: 'me' } } }),
        OPTIONS,
      ),
    ).toBeNull();
  });

  it('refuses a stale version with the current one', async () => {
    const stale = commands.publishAsync(order('1', { version: 1, name: 'x' }), OPTIONS);
    await expect(stale).rejects.toMatchObject({ code: 'version_conflict', facts: { currentVersion: 3 } });
  });

  it('increments without conflict and within bounds', async () => {
    const add = (by: string) =>
      commands.increment(
        { pk: 'ORDER#acme', sk: 'ORDER#1', increments: [{ path: ['total'], by, max: '5' }] },
        OPTIONS,
      );
    await Promise.all([add('1'), add('1'), add('2')]);
    expect(await data.getItem(order('1'), OPTIONS)).toMatchObject({ attributes: { total: 5 } });
    await expect(add('0.1')).rejects.toMatchObject({ code: 'out_of_bounds' });
  });

  it('commits a unit whole or not at all', async () => {
    const unit = {
      commands: [
        { kind: 'full' as const, ...order('3') },
        { kind: 'full' as const, ...order('1') },
      ],
      respond: () => null,
    };
    await expect(commands.commit(unit, OPTIONS)).rejects.toMatchObject({ code: 'version_conflict' });
    expect(await data.getItem(order('3'), OPTIONS)).toBeNull();
  });

  it('hands the failure of a handler to the one who waits; the command stays', async () => {
    const poisoned = order('4', { attributes: { poison: true } });
    await expect(commands.publishSync(poisoned, OPTIONS)).rejects.toThrow('the handler refuses');
    expect(await data.getItem(poisoned, OPTIONS)).toMatchObject({ version: 1 });
  });

  it('lists by pages and hides what is deleted', async () => {
    for (const code of ['5', '6', '7']) await commands.publishAsync(order(code), OPTIONS);
    await commands.publishPartialUpdateAsync(
      { pk: 'ORDER#acme', sk: 'ORDER#6', version: 1, isDeleted: true },
      OPTIONS,
    );
    const first = await data.listItemsByPk(
      'ORDER#acme',
      { sk: { between: ['ORDER#4', 'ORDER#6'] }, limit: 1 },
      OPTIONS,
    );
    expect(first.items.map(({ code }) => code)).toEqual(['4']);
    const cursor = first.nextCursor ?? '';
    const rest = await data.listItemsByPk(
      'ORDER#acme',
      { sk: { between: ['ORDER#4', 'ORDER#6'] }, cursor },
      OPTIONS,
    );
    expect(rest).toMatchObject({ items: [{ code: '5' }], nextCursor: null });
    expect(
      (await data.listItemsByPk('ORDER#acme', { sk: { beginsWith: 'ORDER#' } }, OPTIONS)).items.map(
        ({ code }) => code,
      ),
    ).toEqual(['1', '2', '4', '5', '7']);
    expect(await data.getItem({ pk: 'ORDER#acme', sk: 'ORDER#6' }, OPTIONS)).toBeNull();
  });

  it('tells what was, and hides the items of others', async () => {
    const history = app.get(HistoryService);
    const versions = await history.listVersions(order('1'), { limit: 10 }, OPTIONS);
    expect(versions.items.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6]);
    const [first] = versions.items;
    expect(await history.getItemAsOf(order('1'), first?.at ?? '', OPTIONS)).toMatchObject({
      version: 1,
      attributes: { total: 1 },
    });
    const stranger = { invokeContext: { ...CONTEXT, user: { ...CONTEXT.user, tenantCode: 'globex' } } };
    expect(await data.getItem(order('1'), stranger)).toBeNull();
    expect((await history.listVersions(order('1'), { limit: 10 }, stranger)).items).toEqual([]);
    await expect(commands.publishAsync(order('1', { version: 6 }), stranger)).rejects.toThrow(
      /outside the scope/,
    );
  });
});
