import {
  CommandService,
  type InvokeContext,
  type Item,
  LandlordError,
  notFound,
  STORE,
  type Store,
  SYSTEM_SCOPE,
} from '@landlord/kernel';
import { Context, defineOperation, Input, Operation, type OperationInput, text } from '@landlord/saas';
import { Controller, Headers, Inject, Module } from '@nestjs/common';
import { z } from 'zod';

const code = text({ max: 100 });
const answer = z.looseObject({});
const BASE = {
  method: 'GET',
  summary: 'Leaks',
  tag: 'Leaks',
  roles: ['system_admin', 'admin', 'billing', 'member'],
  tenant: 'optional',
  params: z.object({ code }),
  response: { status: 200, schema: answer, description: 'Too much.' },
} as const;

const byId = defineOperation({ ...BASE, path: '/leaks/item/:code' });
const byStatus = defineOperation({ ...BASE, path: '/leaks/status/:code' });
const byMessage = defineOperation({ ...BASE, path: '/leaks/message/:code' });
const { params: _params, ...PLAIN } = BASE;
const byHeader = defineOperation({ ...PLAIN, path: '/leaks/header' });
const byCursor = defineOperation({
  ...PLAIN,
  path: '/leaks/cursor',
  query: z.strictObject({
    limit: text({ max: 9 }).exactOptional(),
    cursor: text({ max: 999 }).exactOptional(),
  }),
});
const byBody = defineOperation({
  ...PLAIN,
  method: 'POST',
  path: '/leaks/body',
  body: z.strictObject({ tenantCode: code.exactOptional().meta({ example: 'acme-corp' }) }),
});
const byWriting = defineOperation({
  ...BASE,
  method: 'PATCH',
  path: '/leaks/writing/:code',
  body: z.strictObject({ name: text({ max: 200 }) }),
});

/** Every mistake that the walk is there to find, each in an operation of its own. */
@Controller()
class LeakyController {
  constructor(
    @Inject(STORE) private readonly store: Store,
    private readonly commandService: CommandService,
  ) {}

  /** Looks up without asking whose it is. */
  @Operation(byId)
  async item(@Input() { params }: OperationInput<typeof byId>) {
    return shown(await this.found(params.code));
  }

  /** Tells what is forbidden from what is not there. */
  @Operation(byStatus)
  async status(@Context() { user }: InvokeContext, @Input() { params }: OperationInput<typeof byStatus>) {
    const tenant = await this.found(params.code);
    if (tenant.code !== user.tenantCode) throw new LandlordError('forbidden', 'it is not yours');
    return {};
  }

  /** Says too much in an error. */
  @Operation(byMessage)
  async message(@Context() { user }: InvokeContext, @Input() { params }: OperationInput<typeof byMessage>) {
    const tenant = await this.find(params.code);
    if (tenant && tenant.code !== user.tenantCode)
      throw new LandlordError('not_found', `you are not of ${tenant.name}`);
    throw notFound('tenant');
  }

  /** Believes the header of anybody. */
  @Operation(byHeader)
  async header(@Context() { user }: InvokeContext, @Headers('x-tenant-code') header?: string) {
    return shown(await this.found(header ?? user.tenantCode ?? ''));
  }

  /** Has the tenant in the cursor. */
  @Operation(byCursor)
  async cursor(@Context() { user }: InvokeContext, @Input() { query }: OperationInput<typeof byCursor>) {
    const whole = Buffer.from(query.cursor ?? '', 'base64url').toString();
    const tenant = await this.find(whole.replace('tenant:', '') || (user.tenantCode ?? ''));
    const nextCursor = Buffer.from(`tenant:${user.tenantCode}`).toString('base64url');
    return {
      items: tenant ? [shown(tenant)] : [],
      nextCursor: query.cursor === undefined ? nextCursor : null,
    };
  }

  /** Has the tenant in the body. */
  @Operation(byBody)
  async body(@Context() { user }: InvokeContext, @Input() { body }: OperationInput<typeof byBody>) {
    return shown(await this.found(body.tenantCode ?? user.tenantCode ?? ''));
  }

  /** Changes what it says is not there. */
  @Operation(byWriting)
  async writing(
    @Context() invokeContext: InvokeContext,
    @Input() { params, body }: OperationInput<typeof byWriting>,
  ) {
    const tenant = await this.find(params.code);
    if (tenant) {
      const { pk, sk, version } = tenant;
      await this.commandService.publishPartialUpdateAsync(
        { pk, sk, version, name: body.name },
        { invokeContext, scope: SYSTEM_SCOPE },
      );
    }
    throw notFound('tenant');
  }

  private async found(code: string): Promise<Item> {
    const item = await this.find(code);
    if (!item) throw notFound('tenant');
    return item;
  }

  private find(code: string): Promise<Item | null> {
    if (!/^[a-z0-9-]{1,63}$/.test(code)) return Promise.resolve(null);
    return this.store.get(SYSTEM_SCOPE, { pk: `TENANT#${code}`, sk: 'MASTER' });
  }
}

function shown({ code, name }: Item) {
  return { code, name };
}

@Module({ controllers: [LeakyController] })
export class LeaksModule {}
