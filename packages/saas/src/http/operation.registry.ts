import { Injectable } from '@nestjs/common';
import { PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService } from '@nestjs/core';
import { operationOf } from './operation.decorator.js';
import { type DeclaredOperation, operationName } from './operation.js';

/**
 * Every operation of the application, found among its controllers: a route that is added appears by itself.
 * Throws when a controller has a route without `@Operation`, or two operations have one route.
 */
@Injectable()
export class OperationRegistry {
  constructor(private readonly discovery: DiscoveryService) {}

  /** In the order of the controllers' registration. */
  operations(): readonly DeclaredOperation[] {
    const found = new Map<string, DeclaredOperation>();
    for (const { metatype } of this.discovery.getControllers()) {
      if (typeof metatype !== 'function') continue;
      for (const operation of operationsOf(metatype.name, metatype.prototype as object)) {
        const key = `${operation.method} ${operation.path.replace(/:[^/]+/g, ':')}`;
        if (found.has(key)) throw new Error(`two controllers handle ${operationName(operation)}`);
        found.set(key, operation);
      }
    }
    return [...found.values()];
  }
}

function operationsOf(controllerName: string, prototype: object): DeclaredOperation[] {
  return methodsOf(prototype).flatMap(([name, method]) => {
    const operation = operationOf(method);
    if (operation) return [operation];
    if (!Reflect.hasMetadata(PATH_METADATA, method)) return [];
    throw new Error(
      `${controllerName}.${name} is a route without @Operation; declare it with defineOperation, so that it is authorised and documented`,
    );
  });
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
