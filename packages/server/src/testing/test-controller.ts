import {
  CommandService,
  generatePk,
  type InvokeContext,
  LandlordError,
  requireTenant,
} from '@landlord/kernel';
import {
  Context,
  defineOperation,
  Input,
  integer,
  Operation,
  type OperationInput,
  pageOf,
  pageQuery,
  text,
} from '@landlord/saas';
import { Controller, Module } from '@nestjs/common';
import { z } from 'zod';

const thing = z.object({ code: z.string(), size: z.number(), version: z.int() }).meta({ id: 'Thing' });
const params = z.strictObject({ code: text({ max: 20 }) });

const listThings = defineOperation({
  method: 'GET',
  path: '/things',
  summary: 'List things',
  tag: 'Things',
  roles: ['system_admin', 'admin', 'member'],
  tenant: 'required',
  query: pageQuery,
  response: { status: 200, schema: pageOf(thing), description: 'A page of things.' },
});

const createThing = defineOperation({
  method: 'POST',
  path: '/things',
  summary: 'Create a thing',
  tag: 'Things',
  roles: ['system_admin', 'admin'],
  tenant: 'required',
  body: z.strictObject({
    code: text({ max: 20 }),
    size: integer({ max: 100 }),
    note: z.json().exactOptional(),
  }),
  response: { status: 201, schema: thing, description: 'The thing.' },
  problems: ['version_conflict'],
  etag: true,
});

const breakThing = defineOperation({
  method: 'POST',
  path: '/things/:code/break',
  summary: 'Fail in some way',
  tag: 'Things',
  roles: ['admin'],
  tenant: 'required',
  params,
  body: z.array(z.strictObject({ at: integer() })).optional(),
  response: { status: 200, schema: z.object({}), description: 'Never.' },
});

const operatorThing = defineOperation({
  method: 'GET',
  path: '/operator/:code',
  summary: 'For operators',
  tag: 'Things',
  roles: ['system_admin'],
  tenant: 'none',
  params,
  response: {
    status: 200,
    schema: z.object({ tenantCode: z.string().nullable() }),
    description: 'Who is acting.',
  },
});

const whoAmI = defineOperation({
  method: 'GET',
  path: '/me',
  summary: 'The caller',
  tag: 'Things',
  roles: ['system_admin', 'admin', 'billing', 'member'],
  tenant: 'optional',
  response: { status: 200, schema: z.looseObject({}), description: 'The context.' },
});

/** What the slow handler waits for; set by the test. */
export const gate: { started: () => void; opened: Promise<void> } = {
  started: () => undefined,
  opened: Promise.resolve(),
};

const slowThing = defineOperation({
  method: 'GET',
  path: '/slow',
  summary: 'Answers when the gate opens',
  tag: 'Things',
  roles: 'public',
  tenant: 'none',
  response: { status: 200, schema: z.object({ slow: z.literal(true) }), description: 'At last.' },
});

/** A controller as capabilities have them, small enough for tests of the web server. */
@Controller()
export class ThingController {
  constructor(private readonly commands: CommandService) {}

  @Operation(listThings)
  list(@Input() { query }: OperationInput<typeof listThings>) {
    return { items: [], nextCursor: null, limit: query.limit };
  }

  @Operation(createThing)
  create(@Context() context: InvokeContext, @Input() { body }: OperationInput<typeof createThing>) {
    const tenantCode = requireTenant(context);
    const { code, size } = body;
    const command = {
      kind: 'full' as const,
      pk: generatePk('TENANT', tenantCode),
      sk: `THING#${code}`,
      version: 0,
      tenantCode,
      type: 'THING',
      code,
      name: code,
      attributes: { size },
    };
    return this.commands.commit(
      { commands: [command], respond: ([item]) => ({ code, size, version: item?.version ?? 0 }) },
      { invokeContext: context },
    );
  }

  @Operation(breakThing)
  break(@Input() { params: { code } }: OperationInput<typeof breakThing>) {
    if (code === 'fault') throw new Error('secret inside');
    if (code === 'limited') throw new LandlordError('rate_limited', 'slow down', { retryAfterSeconds: 7 });
    if (code === 'unavailable')
      throw new LandlordError('unavailable', 'gone', { cause: new Error('secret inside') });
    throw new LandlordError('quota_exceeded', 'used up', { facts: { current: 5, status: 'ignored' } });
  }

  @Operation(operatorThing)
  operator(@Context() context: InvokeContext, @Input() _input: OperationInput<typeof operatorThing>) {
    return { tenantCode: context.user.tenantCode };
  }

  @Operation(whoAmI)
  me(@Context() context: InvokeContext) {
    return context;
  }

  @Operation(slowThing)
  async slow() {
    gate.started();
    await gate.opened;
    return { slow: true };
  }
}

@Module({ controllers: [ThingController] })
export class ThingModule {}
