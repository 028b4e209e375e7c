import { type DeclaredOperation } from './operation.js';

const operations = new WeakMap<object, DeclaredOperation>();

export function rememberOperation(handler: object, operation: DeclaredOperation): void {
  operations.set(handler, operation);
}

/** The operation that a controller's method handles. */
export function operationOf(handler: object): DeclaredOperation | undefined {
  return operations.get(handler);
}
