import {
  type CommandService,
  type InvokeContext,
  LandlordError,
  type MeterOutcome,
  type MeterRequest,
  type Store,
} from '@landlord/kernel';
import { describe, expect, it } from 'vitest';
import { BUILT_IN_CATALOGUE } from '../meters/meter.catalogue.js';
import { type MeterCatalogueService } from '../meters/meter.catalogue.service.js';
import { MeteringService } from './usage.metering.service.js';
import { type UsageSubject, type UsageSubjectService } from './usage-subject.service.js';

const MASTER = { pk: 'TENANT#acme', sk: 'MASTER', version: 2 };
const MEMBER = { pk: 'TENANT#acme', sk: 'USER#usr-001', version: 3 };
const context: InvokeContext = {
  user: { userId: 'usr-001', tenantCode: 'acme', roles: ['admin'] },
  ...{ requestId: 'req-1', source: 'POST /usage/events', ip: null, idempotency: null },
};

/** `outcomes`: what the store answers first; then everything is accepted. */
function open(outcomes: MeterOutcome['status'][] = []) {
  const asked: MeterRequest[] = [];
  const meter = async (requests: readonly MeterRequest[]) => {
    asked.push(...requests);
    return requests.map(() => ({ status: outcomes.shift() ?? 'accepted' }));
  };
  const subject = { pooledWith: [], checks: [MASTER] } as unknown as UsageSubject;
  const subjects = { known: async () => subject, of: async () => subject } as unknown as UsageSubjectService;
  const meters = async () => BUILT_IN_CATALOGUE;
  const catalogue = { known: meters, current: meters } as unknown as MeterCatalogueService;
  const commands = { origin: () => ({}) } as unknown as CommandService;
  const service = new MeteringService({ meter } as unknown as Store, commands, subjects, catalogue);
  const submit = (renew?: () => Promise<InvokeContext>) =>
    service.submit(renew ? { ...context, rests: { checks: [MEMBER], renew } } : context, {
      tenantCode: 'acme',
      weight: 1,
      respond: () => null,
      demandOf: () => ({ events: [], admission: null }),
    });
  return { asked, submit };
}

describe('what an admission from memory rests on', () => {
  it('is checked with the rest, and not for those who were read for', async () => {
    const { asked, submit } = open();
    await submit(() => Promise.reject(new Error('nothing was stale')));
    await submit();
    expect(asked[0]?.checks).toEqual([...(asked[1]?.checks ?? []), MEMBER]);
    expect(asked[1]?.checks).toContainEqual(MASTER);
  });

  it('is renewed once where it has changed', async () => {
    const { asked, submit } = open(['stale', 'stale']);
    let renewals = 0;
    await submit(async () => {
      renewals += 1;
      return context;
    });
    expect(renewals).toBe(1);
    expect(asked.map(({ checks }) => checks.includes(MEMBER))).toEqual([true, false, false]);
  });

  it('refuses where renewing does, and takes nothing', async () => {
    const { asked, submit } = open(['stale']);
    const refused = submit(() => Promise.reject(new LandlordError('forbidden', 'removed')));
    await expect(refused).rejects.toMatchObject({ code: 'forbidden' });
    expect(asked).toHaveLength(1);
  });
});
