import { type Client, DatabaseError } from 'pg';

/** Serves one tenant at a time, walled in by row security. */
export const APP_ROLE = 'landlord_app';
/** Works across tenants: the feed, the scheduler, operators. */
export const SYSTEM_ROLE = 'landlord_system';

/** Takes the persons out of one tenant's log. */
export const ERASER_ROLE = 'landlord_eraser';

const ROLES = [APP_ROLE, SYSTEM_ROLE, ERASER_ROLE];
const ALREADY_THERE = new Set(['42710', '23505']);
const INSUFFICIENT_PRIVILEGE = '42501';

/** Creates the roles where they are missing and makes the connecting user a member of each. */
export async function ensureRoles(client: Client): Promise<void> {
  for (const role of ROLES) {
    if (!(await exists(client, role))) await create(client, role);
    if (!(await isMember(client, role))) await join(client, role);
  }
  await refusePowerfulRoles(client);
}

async function exists(client: Client, role: string): Promise<boolean> {
  const { rowCount } = await client.query('select 1 from pg_roles where rolname = $1', [role]);
  return rowCount === 1;
}

/** Roles belong to the whole server, so another database's migration may be creating them at this moment. */
async function create(client: Client, role: string): Promise<void> {
  try {
    await client.query(
      `create role ${role} nologin nosuperuser nobypassrls nocreatedb nocreaterole noinherit`,
    );
  } catch (error) {
    if (error instanceof DatabaseError && ALREADY_THERE.has(error.code ?? '')) return;
    throw rolesMissing(error);
  }
}

async function isMember(client: Client, role: string): Promise<boolean> {
  try {
    await client.query(`set role ${role}`);
    await client.query('reset role');
    return true;
  } catch {
    return false;
  }
}

async function join(client: Client, role: string): Promise<void> {
  try {
    await client.query(`grant ${role} to current_user`);
  } catch (error) {
    throw rolesMissing(error);
  }
}

function rolesMissing(error: unknown): unknown {
  if (!(error instanceof DatabaseError) || error.code !== INSUFFICIENT_PRIVILEGE) return error;
  const statements = ROLES.map(
    (role) => `create role ${role} nologin; grant ${role} to <user of DATABASE_URL>;`,
  );
  return new Error(
    `the user of DATABASE_URL may not create roles; have an administrator run: ${statements.join(' ')}`,
    {
      cause: error,
    },
  );
}

async function refusePowerfulRoles(client: Client): Promise<void> {
  const { rows } = await client.query<{ rolname: string }>(
    'select rolname from pg_roles where rolname = any($1) and (rolsuper or rolbypassrls)',
    [ROLES],
  );
  if (rows[0])
    throw new Error(
      `role ${rows[0].rolname} may bypass row security, so it cannot wall tenants off; alter it first`,
    );
}
