import { Api } from './api.js';
import { type ServerProcess } from './server-process.js';

interface Place {
  readonly server: ServerProcess;
  readonly operator: Api;
}

export const FURNISHED_TYPES = [
  ...['CHILD', 'CHILDREN', 'GROUP', 'INVITATION', 'MEMBERSHIP', 'RESERVATION', 'ROSTER'],
  ...['SETTING', 'SETTINGTALLY', 'SUBSCRIPTION', 'SUBSCRIPTIONEVENT', 'TENANT', 'USAGE'],
  ...['USAGECORRECTION', 'USER'],
];

/** The types of items in an export, each once. */
export function typesIn(file: string): string[] {
  const rows = file
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  return [...new Set(rows.flatMap(({ item }) => (item ? [item.type] : [])))].toSorted();
}

/** `hooli` with something of every type, also what was taken back, and its child `hooli--east`. */
export async function furnishTenants(place: Place): Promise<void> {
  for (const companySlug of ['hooli', 'piper']) {
    const body = { companySlug, companyName: companySlug, planCode: 'professional' };
    const adminEmail = `admin@${companySlug}.example`;
    await done(place.operator.post('/tenants/provision', { ...body, adminEmail }));
  }
  const [hooli, piper] = await Promise.all(['hooli', 'piper'].map((tenant) => adminOf(place, tenant)));
  if (!hooli || !piper) throw new Error('both are there');
  await furnishMembers(place, hooli, piper);
  await furnishSettings(hooli);
  const child = { code: 'hooli--east', name: 'East', adminEmail: 'east@hooli.example' };
  await done(hooli.post('/tenants/hooli/children', child));
  await done(hooli.patch('/tenants/hooli--east', { caps: { apiCalls: 50 }, attributes: { crm: 7 } }));
  const used = ['apiCalls', 'storageUsedGb'].map((metric) => ({ id: metric, metric, quantity: '1.25' }));
  await done(place.operator.post('/usage/events', used, { tenant: 'hooli--east' }));
  await done(hooli.post('/usage/events', used));
  for (const id of ['job-1', 'job-2'])
    await done(hooli.post('/usage/reservations', { id, metric: 'apiCalls' }));
  await done(hooli.post('/usage/reservations/job-1/commit', {}));
  const wrong = { id: 'taken-back', corrects: 'apiCalls', reason: 'a mistake' };
  await done(hooli.post('/usage/corrections', wrong));
}

/** One who is suspended, one who is removed, a guest here, a guest elsewhere, and an open invitation. */
async function furnishMembers({ server }: Place, hooli: Api, piper: Api): Promise<void> {
  const invited = async (by: Api, email: string): Promise<string> =>
    (await done(by.post('/users/invitations', { email, roles: ['admin'] }))).token;
  const accepted = async (token: string): Promise<string> =>
    (await done(new Api(server.url).post('/invitations/accept', { token }))).member.id;
  const kim = await accepted(await invited(hooli, 'kim@hooli.example'));
  await done(hooli.patch(`/users/${kim}`, { status: 'suspended' }));
  const lee = await accepted(await invited(hooli, 'lee@hooli.example'));
  await done(hooli.call('DELETE', `/users/${lee}`));
  await done(hooli.post('/invitations/join', { token: await invited(piper, 'guest@piper.example') }));
  await done(piper.post('/invitations/join', { token: await invited(hooli, 'guest@hooli.example') }));
  await invited(hooli, 'open@hooli.example');
}

async function furnishSettings(hooli: Api): Promise<void> {
  for (const code of ['sales', 'east']) await done(hooli.post('/tenants/hooli/groups', { code, name: code }));
  await done(hooli.post('/tenants/hooli/group-roles', { groupId: 'sales', role: 'member' }));
  await done(hooli.call('DELETE', '/tenants/hooli/groups/east'));
  const targets = [
    { level: 'tenant' },
    { level: 'group', group: 'sales' },
    { level: 'user', userId: 'usr-001' },
  ];
  for (const target of targets) await done(hooli.put('/settings/theme', { value: { base: 1 }, ...target }));
  await done(hooli.call('DELETE', '/settings/theme?level=user&userId=usr-001'));
}

async function adminOf({ server }: Place, tenant: string): Promise<Api> {
  return new Api(server.url, await server.token('--tenant', tenant, '--role', 'admin', '--user', 'usr-001'));
}

async function done(call: ReturnType<Api['get']>) {
  const { status, body } = await call;
  if (status >= 300) throw new Error(JSON.stringify(body));
  return body;
}
