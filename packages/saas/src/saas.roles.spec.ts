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
  'POST /tenants': 'system_admin',
  'POST /tenants/common': 'system_admin',
  'GET /tenants/common': 'system_admin',
  'POST /tenants/:code/children': 'system_admin admin',
  'GET /tenants/:code/children': 'system_admin admin',
  'PATCH /tenants/:code': 'system_admin admin',
  'POST /tenants/:code/suspend': 'system_admin admin',
  'POST /tenants/:code/resume': 'system_admin admin',
  'POST /tenants/:code/close': 'system_admin admin',
  'DELETE /tenants/:code': 'system_admin admin',
  'GET /tenants/:code/groups': 'system_admin admin',
  'POST /tenants/:code/groups': 'system_admin admin',
  'DELETE /tenants/:code/groups/:group': 'system_admin admin',
  'POST /tenants/:code/group-roles': 'system_admin admin',
  'PUT /tenants/:code/group-roles/:role': 'system_admin admin',
  'GET /plans': 'public',
  'GET /plans/:code': 'public',
  'GET /plans/:code/versions': EVERYBODY,
  'GET /plans/:code/versions/:version': EVERYBODY,
  'POST /plans': 'system_admin',
  'POST /plans/:code/versions': 'system_admin',
  'POST /plans/:code/retire': 'system_admin',
  'POST /plans/:code/reinstate': 'system_admin',
  'POST /plans/:code/migrate': 'system_admin',
  'GET /meters': EVERYBODY,
  'GET /meters/:code': EVERYBODY,
  'POST /meters': 'system_admin',
  'PATCH /meters/:code': 'system_admin',
  'POST /meters/:code/retire': 'system_admin',
  'POST /meters/:code/reinstate': 'system_admin',
  'GET /subscription': EVERYBODY,
  'GET /subscription/events': 'system_admin admin billing',
  'GET /subscription/scheduled-changes': 'system_admin admin billing',
  'DELETE /subscription/scheduled-changes/:kind': 'system_admin admin billing',
  'PATCH /subscription/quantity': 'system_admin admin billing',
  'POST /subscription/pause': 'system_admin admin billing',
  'POST /subscription/resume': 'system_admin admin billing',
  'POST /subscription/past-due': 'system_admin',
  'POST /subscription/recover': 'system_admin',
  'PATCH /subscription/plan': 'system_admin admin billing',
  'POST /subscription/plan/preview': 'system_admin admin billing',
  'PATCH /subscription/payment-method': 'system_admin admin billing',
  'POST /subscription/activate': 'system_admin admin billing',
  'POST /subscription/cancel': 'system_admin admin billing',
  'POST /subscription/reactivate': 'system_admin admin billing',
  'PATCH /subscription/auto-renew': 'system_admin admin billing',
  'GET /invoices': 'system_admin admin billing',
  'GET /invoices/:number': 'system_admin admin billing',
  'GET /invoices/:number/verify': 'system_admin admin billing',
  'POST /invoices/:number/pay': 'system_admin',
  'POST /invoices/:number/void': 'system_admin',
  'GET /billing/events': 'system_admin admin billing',
  'GET /billing/balance': 'system_admin admin billing',
  'POST /usage/events': 'system_admin admin',
  'POST /usage/consume': 'system_admin admin',
  'POST /usage/reservations': 'system_admin admin',
  'POST /usage/reservations/:id/commit': 'system_admin admin',
  'POST /usage/reservations/:id/release': 'system_admin admin',
  'GET /usage/reservations': EVERYBODY,
  'GET /usage/reservations/:id': EVERYBODY,
  'GET /usage/quotas': EVERYBODY,
  'GET /usage/quotas/:metric': EVERYBODY,
  'GET /usage': EVERYBODY,
  'GET /usage/alerts': EVERYBODY,
  'GET /usage/children': 'system_admin admin billing',
  'GET /usage/:period': EVERYBODY,
  'GET /usage/:period/series': EVERYBODY,
  'POST /usage/corrections': 'system_admin admin',
  'GET /tenants/:code/export': 'system_admin admin',
  'POST /tenants/import': 'system_admin',
  'POST /tenants/:code/erase': 'system_admin',
  'GET /tenants/:code/erasure': 'system_admin',
  'GET /audit': 'system_admin admin',
  'GET /settings': EVERYBODY,
  'GET /settings/:name': EVERYBODY,
  'PUT /settings/:name': EVERYBODY,
  'DELETE /settings/:name': EVERYBODY,
  'GET /features': EVERYBODY,
  'GET /features/:name': EVERYBODY,
  'GET /users': 'system_admin admin',
  'GET /users/:id': 'system_admin admin',
  'PATCH /users/:id': 'system_admin admin',
  'DELETE /users/:id': 'system_admin admin',
  'GET /users/me': 'admin billing member',
  'GET /users/me/tenants': 'admin billing member',
  'POST /users/me/switch': 'admin billing member',
  'POST /users/invitations': 'system_admin admin',
  'GET /users/invitations': 'system_admin admin',
  'DELETE /users/invitations/:id': 'system_admin admin',
  'POST /users/invitations/:id/resend': 'system_admin admin',
  'POST /invitations/accept': 'public',
  'POST /invitations/join': 'admin billing member',
  'GET /audit/verify': 'system_admin admin',
  'POST /webhooks/endpoints': 'system_admin admin',
  'GET /webhooks/endpoints': 'system_admin admin',
  'GET /webhooks/endpoints/:id': 'system_admin admin',
  'PATCH /webhooks/endpoints/:id': 'system_admin admin',
  'DELETE /webhooks/endpoints/:id': 'system_admin admin',
  'POST /webhooks/endpoints/:id/rotate-secret': 'system_admin admin',
  'POST /webhooks/endpoints/:id/test': 'system_admin admin',
  'POST /webhooks/endpoints/:id/replay': 'system_admin admin',
  'GET /webhooks/deliveries': 'system_admin admin',
  'GET /webhooks/deliveries/:id': 'system_admin admin',
  'POST /webhooks/deliveries/:id/replay': 'system_admin admin',
};

/** Operations that look across tenants: nobody but an operator may do them. */
const ACROSS_TENANTS = [
  'POST /tenants/provision',
  'GET /tenants',
  'POST /tenants',
  'POST /tenants/common',
  'POST /plans/:code/migrate',
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
