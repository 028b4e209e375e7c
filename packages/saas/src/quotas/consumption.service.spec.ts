import { type Clock, type InvokeContext, LandlordError } from '@landlord/kernel';
import { Quantity } from '@landlord/kernel/pure';
import { describe, expect, it } from 'vitest';
import { type UsageService } from '../usage/usage.service.js';
import { type UsageReaderService } from '../usage/usage-reader.service.js';
import { ConsumptionService } from './consumption.service.js';

const AT = '2024-01-31T23:59:59.000Z';
const LATER = '2024-02-01T00:00:01.000Z';
const request = { metric: 'apiCalls', quantity: Quantity.one, id: 'w1' };
const quota = {
  metric: 'apiCalls',
  current: 1,
  limit: 2,
  percentage: 50,
  isExceeded: false,
  isNearLimit: false,
};
const context: InvokeContext = {
  user: { userId: 'usr-1', tenantCode: 'acme', roles: ['member'] },
  ...{ requestId: 'req-1', source: 'test', ip: null },
  idempotency: { owner: 'acme', key: 'k', fingerprint: 'f' },
};
const refusal = (code: 'unavailable' | 'rate_limited' | 'validation_failed') => new LandlordError(code, code);

/** Counts ids; fails first as the test says. */
class FakeUsage {
  readonly ids: string[] = [];
  readonly contexts: InvokeContext[] = [];
  readonly times: (string | undefined)[] = [];
  failures: Error[] = [];

  async recordOwn(caller: InvokeContext, events: readonly { id: string }[], at?: string) {
    this.contexts.push(caller);
    this.times.push(at);
    const failure = this.failures.shift();
    if (failure) throw failure;
    this.ids.push(...events.map(({ id }) => id));
    return { accepted: events.length, duplicates: 0 };
  }

  async consumeOwn(_caller: InvokeContext, events: readonly { id: string }[]) {
    const failure = this.failures.shift();
    if (failure) throw failure;
    const fresh = events.filter(({ id }) => !this.ids.includes(id));
    this.ids.push(...fresh.map(({ id }) => id));
    return { accepted: fresh.length, quota };
  }
}

function open() {
  const usage = new FakeUsage();
  let now = AT;
  const clock: Clock = { now: () => now };
  const reader = { check: async () => quota } as unknown as UsageReaderService;
  const service = new ConsumptionService(clock, usage as unknown as UsageService, reader);
  return { usage, service, tick: () => (now = LATER) };
}

describe('giving back', () => {
  it('is tried again while the store is away, at the time of the consumption, and leaves the claim alone', async () => {
    const { usage, service, tick } = open();
    const consumption = await service.take(request, context);
    tick();
    usage.failures = [refusal('unavailable'), new Error('connection lost')];
    await service.giveBack(consumption, context);
    expect(usage.ids).toEqual(['landlord:consumed:apiCalls:w1:1', 'landlord:returned:apiCalls:w1:1']);
    expect(usage.times).toEqual([AT, AT, AT]);
    expect(usage.contexts.map(({ idempotency }) => idempotency)).toEqual([null, null, null]);
  });

  it('is not tried again where it is refused', async () => {
    const { usage, service } = open();
    const consumption = await service.take(request, context);
    usage.failures = [refusal('validation_failed')];
    await expect(service.giveBack(consumption, context)).rejects.toMatchObject({ code: 'validation_failed' });
    expect(usage.times).toHaveLength(1);
  });
});

describe('taking', () => {
  it('throws what refuses the first attempt, and takes what an earlier one has in a month that is over', async () => {
    const { usage, service } = open();
    usage.failures = [refusal('validation_failed')];
    await expect(service.take(request, context)).rejects.toMatchObject({ code: 'validation_failed' });
    await service.take(request, context);
    const { consumeOwn } = usage;
    usage.consumeOwn = async (caller, events) => {
      if (events.length > 1) throw refusal('validation_failed');
      return consumeOwn.call(usage, caller, events);
    };
    expect(await service.take(request, context)).toMatchObject({ isOwn: false, attempt: 1 });
  });

  it('ends after a hundred attempts', async () => {
    const { usage, service } = open();
    usage.consumeOwn = async () => ({ accepted: 0, quota });
    await expect(service.take(request, context)).rejects.toMatchObject({ code: 'rate_limited' });
  });
});
