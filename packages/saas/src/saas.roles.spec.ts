import { ROLES } from '@landlord/kernel';
import { describe, expect, it } from 'vitest';
import { type DeclaredOperation, operationName, operationOf } from './http/index.js';
import { SaasModule } from './saas.module.js';

const EVERYBODY = 'system_admin admin billing member';

/** Who may do what. A route without a line here fails the test. */
const TABLE: Readonly<Record<string, string>> = {
  'POST /tenants/provision': 'system_admin',
  'GET /tenants': 'system_admin',
  'GET /tenants/:code': EVERYBODY,
  'GET /plans': 'public',
  'GET /plans/:code': 'public',
  'GET /subscription': EVERYBODY,
  'PATCH /subscription/auto-renew': 'system_admin admin billing',
  'POST /usage/events': 'system_admin admin',
  'GET /usage': EVERYBODY,
  'GET /usage/:period': EVERYBODY,
  'GET /tenants/:code/export': 'system_admin admin',
  'POST /tenants/import': 'system_admin',
  'POST /tenants/:code/erase': 'system_admin',
  'GET /tenants/:code/erasure': 'system_admin',
  'GET /audit': 'system_admin admin',
  'GET /audit/verify': 'system_admin admin',
};

/** Operations that look across tenants: nobody but an operator may do them. */
const ACROSS_TENANTS = [
  'POST /tenants/provision',
  'GET /tenants',
  'POST /tenants/import',
  'POST /tenants/:code/erase',
  'GET /tenants/:code/erasure',
];

type Class = abstract new (...args: never[]) => object;

function operationsOf(module: Class): DeclaredOperation[] {
  const imports: Class[] = Reflect.getMetadata('imports', module) ?? [];
  const controllers: Class[] = Reflect.getMetadata('controllers', module) ?? [];
  const handlers = controllers.flatMap((controller) =>
    Object.values(Object.getOwnPropertyDescriptors(controller.prototype)),
  );
  const own = handlers.flatMap(({ value }) =>
    typeof value === 'function' ? (operationOf(value) ?? []) : [],
  );
  return [...own, ...imports.flatMap(operationsOf)];
}

describe('roles', () => {
  const operations = new Map(
    operationsOf(SaasModule).map((operation) => [operationName(operation), operation]),
  );

  it('are decided here for every operation there is', () => {
    expect([...operations.keys()].toSorted()).toEqual(Object.keys(TABLE).toSorted());
  });

  it.each(Object.entries(TABLE))('%s: %s', (name, expected) => {
    const roles = operations.get(name)?.roles;
    const said = roles === 'public' ? 'public' : ROLES.filter((role) => roles?.includes(role)).join(' ');
    expect(said).toBe(expected);
  });

  it.each(ACROSS_TENANTS)('%s takes no tenant', (name) => {
    expect(operations.get(name)?.tenant).toBe('none');
  });
});
