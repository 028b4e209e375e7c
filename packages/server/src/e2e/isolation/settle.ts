import { type WalkedOperation } from './document.js';
import { Explorer } from './explorer.js';
import { newMarker } from './marker.js';
import { type World } from './world.js';

/** A tenant with everything it can have. */
export interface Settled {
  readonly code: string;
  readonly explorer: Explorer;
}

/** What the whole system has: plans, meters and whatever else only operators make. */
export async function settleSystem(world: World): Promise<void> {
  const operator = await world.token('system_admin', null);
  await new Explorer(world, {
    tenantCode: null,
    marker: newMarker('system'),
    admin: null,
    operator,
  }).explore();
}

/** Provisions a tenant and fills it: by hand with what matters now, then with whatever the document offers. */
export async function settle(world: World, marker: string): Promise<Settled> {
  const operator = await world.token('system_admin', null, 'operator-1');
  const admin = await world.token('admin', marker);
  const explorer = new Explorer(world, { tenantCode: marker, marker, admin, operator });
  await provision(world, explorer, marker);
  await recordUsage(world, explorer);
  explorer.harvest.add('code', marker, '/tenants');
  await explorer.explore();
  return { code: marker, explorer };
}

async function provision(world: World, explorer: Explorer, marker: string): Promise<void> {
  const { names } = explorer;
  const draft = explorer.draft(operationOf(world, 'POST', '/tenants/provision'), {
    companySlug: marker,
    companyName: names.canary(),
    planCode: 'professional',
    industry: names.canary(),
    country: 'JP',
    timezone: 'Asia/Tokyo',
    adminEmail: names.email(),
  });
  if (!draft || !(await explorer.change(draft))) throw new Error(`${marker} cannot be provisioned`);
}

async function recordUsage(world: World, explorer: Explorer): Promise<void> {
  const { names } = explorer;
  const operation = operationOf(world, 'POST', '/usage/events');
  for (const timestamp of ['2024-01-10T00:00:00Z', '2024-02-10T00:00:00Z']) {
    const properties = { note: names.canary() };
    const draft = explorer.draft(operation, [
      { id: names.code(), metric: 'apiCalls', quantity: 3, timestamp, properties },
      { id: names.code(), metric: 'storageUsedGb', quantity: '1.5', timestamp, properties },
    ]);
    if (!draft || !(await explorer.change(draft))) throw new Error('usage cannot be recorded');
  }
}

function operationOf({ document }: World, method: string, path: string): WalkedOperation {
  const found = document.operations.find((each) => each.method === method && each.path === path);
  if (!found) throw new Error(`the document has no ${method} ${path}`);
  return found;
}
