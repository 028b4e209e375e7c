import { Injectable, type Type } from '@nestjs/common';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService } from '@nestjs/core';
import { operationOf } from './handled-operations.js';
import { takesInput } from './operation.decorator.js';
import { type DeclaredOperation, operationName } from './operation.js';

/**
 * Every operation of the application, found among its controllers: a route that is added appears by itself.
 * Throws when a controller has a route without `@Operation` or ignores its input, or two operations have one route.
 */
@Injectable()
export class OperationRegistry {
  constructor(private readonly discovery: DiscoveryService) {}

  /** In the order of the controllers' registration. */
  operations(): readonly DeclaredOperation[] {
    const found = new Map<string, DeclaredOperation>();
    for (const { metatype } of this.discovery.getControllers()) {
      if (typeof metatype !== 'function') continue;
      for (const operation of operationsOf(metatype as Type)) {
        const key = `${operation.method} ${operation.path.replace(/:[^/]+/g, ':')}`;
        if (found.has(key)) throw new Error(`two controllers handle ${operationName(operation)}`);
        found.set(key, operation);
      }
    }
    return [...found.values()];
  }
}

function operationsOf(controller: Type): DeclaredOperation[] {
  return methodsOf(controller.prototype as object).flatMap(([name, method]) => {
    const operation = operationOf(method);
    const isRoute = Reflect.hasMetadata(PATH_METADATA, method);
    const flaw = operation ? inputFlaw(operation, takesInput(controller, name)) : isRoute ? UNDECLARED : null;
    if (flaw !== null) throw new Error(`${controller.name}.${name} ${flaw}`);
    return operation ? [operation] : [];
  });
}

const UNDECLARED =
  'is a route without @Operation; declare it with defineOperation, so that it is authorised and documented';

/** Input is checked when it is handed over: a handler that does not take it would let anything pass. */
function inputFlaw({ params, query, body, bodyStream }: DeclaredOperation, takesIt: boolean): string | null {
  if (takesIt || !(params ?? query ?? body ?? bodyStream)) return null;
  return 'declares input but has no @Input() argument, so nothing would check it';
}

function methodsOf(prototype: object): [string, object][] {
  const methods = new Map<string, object>();
  for (
    let owner = prototype;
    owner && owner !== Object.prototype;
    owner = Object.getPrototypeOf(owner) as object
  ) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(owner))) {
      if (name !== 'constructor' && typeof value === 'function' && !methods.has(name))
        methods.set(name, value);
    }
  }
  return [...methods];
}
