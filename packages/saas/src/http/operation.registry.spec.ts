import { Controller, Get, Module, type Type } from '@nestjs/common';
import { DiscoveryModule, NestFactory } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Input, Operation } from './operation.decorator.js';
import { defineOperation, type OperationInput } from './operation.js';
import { OperationRegistry } from './operation.registry.js';

const BASE = {
  method: 'GET',
  summary: 'Things',
  tag: 'Things',
  roles: ['admin'],
  tenant: 'required',
  response: { status: 200, schema: z.object({}), description: 'Things.' },
} as const;
const list = defineOperation({ ...BASE, path: '/things' });
const get = defineOperation({ ...BASE, path: '/things/:code', params: z.strictObject({ code: z.string() }) });
const getByName = defineOperation({
  ...BASE,
  path: '/things/:name',
  params: z.strictObject({ name: z.string() }),
});

@Controller()
class ThingController {
  @Operation(list)
  list() {
    return [];
  }

  @Operation(get)
  get(@Input() { params }: OperationInput<typeof get>) {
    return params;
  }

  notARoute() {
    return this.list();
  }
}

@Controller()
class InheritingController extends ThingController {}

@Controller()
class UndeclaredController {
  @Get('/more')
  more() {
    return [];
  }
}

@Controller()
class CarelessController {
  @Operation(get)
  get() {
    return {};
  }
}

@Controller()
class RivalController {
  @Operation(getByName)
  get(@Input() { params }: OperationInput<typeof getByName>) {
    return params;
  }
}

async function operationsOf(...controllers: Type[]) {
  @Module({ imports: [DiscoveryModule], controllers, providers: [OperationRegistry] })
  class TestModule {}
  const app = await NestFactory.createApplicationContext(TestModule, { logger: false, abortOnError: false });
  try {
    return app.get(OperationRegistry).operations();
  } finally {
    await app.close();
  }
}

describe('the registry', () => {
  it('finds every operation by itself, inherited ones too', async () => {
    expect(await operationsOf(ThingController)).toEqual([list, get]);
    expect(await operationsOf(InheritingController)).toEqual([list, get]);
  });

  it.each([
    [[UndeclaredController], 'UndeclaredController.more is a route without @Operation'],
    [[CarelessController], 'CarelessController.get declares input but has no @Input() argument'],
    [[ThingController, RivalController], 'two controllers handle GET /things/:name'],
  ])('refuses %o', async (controllers, message) => {
    await expect(operationsOf(...controllers)).rejects.toThrow(message);
  });
});
