import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Entry } from '../usage-event.js';
import type { Answer } from './answer.js';
import { Delivery, type DeliveryReport } from './delivery.js';
import type { SendBatch } from './usage-api.js';

const retry = { maxAttempts: 3, baseDelayMs: 100, maxDelayMs: 1000, maxRetryAfterMs: 5000 };
const limits = { retry, maxRequestsPerBatch: 30, maxGivenUpInRow: 2 };
const taken = (entries: readonly Entry[]): Answer => ({
  kind: 'taken',
  accepted: entries.length,
  duplicates: 0,
});
const refused = (status: number, faults: [number, string][] = []): Answer => ({
  kind: 'refused',
  status,
  reason: `${status} refused`,
  faults: new Map(faults),
});
const busy: Answer = { kind: 'unavailable', reason: '429 slow down', retryAfterMs: 2000 };

describe('Delivery', () => {
  it('tries again as long as the server asks for it', async () => {
    const run = runWith(answers([busy, busy]));
    await run.deliver(4);
    expect(run.seen).toEqual({ taken: 4 });
    expect(run.waitedMs).toEqual([2050, 2050]);
  });

  it('stops the run when the server stays away', async () => {
    const run = runWith(async () => busy);
    await run.deliver(4);
    expect(run.seen).toEqual({ undelivered: 4 });
    expect(run.waitedMs).toHaveLength(retry.maxAttempts - 1);
    expect(run.stopReason()).toContain('3 attempts');
    await run.deliver(4);
    expect(run.requests()).toBe(3);
  });

  it('stops the run at once when the token is refused', async () => {
    const run = runWith(async () => ({ kind: 'hopeless', reason: '401' }));
    await run.deliver(4);
    expect([run.requests(), run.stopReason(), run.seen]).toEqual([1, '401', { undelivered: 4 }]);
  });

  it('takes out the lines at fault and sends the rest again', async () => {
    const run = runWith(
      answers([
        refused(400, [
          [1, 'bad'],
          [3, 'worse'],
        ]),
      ]),
    );
    await run.deliver(5);
    expect(run.seen).toEqual({ broken: 2, taken: 3 });
    expect(run.reasons).toEqual(['1 bad', '3 worse']);
  });

  it.each([
    [400, 'broken'],
    [409, 'undelivered'],
  ])('finds the line at fault when a %i names none, and counts it %s', async (status, kind) => {
    const run = runWith(async ({ entries }) => (has(entries, 5) ? refused(status) : taken(entries)));
    await run.deliver(64);
    expect(run.seen).toEqual({ taken: 63, [kind]: 1 });
    expect(run.reasons[0]).toMatch(/^5 /);
    expect(run.requests()).toBeLessThanOrEqual(13);
  });

  it('gives a batch up within its bound, and the run when batches fail in a row', async () => {
    const run = runWith(async () => refused(400));
    await run.deliver(1000);
    expect(run.requests()).toBe(limits.maxRequestsPerBatch);
    expect(run.stopReason()).toBeUndefined();
    await run.deliver(1000);
    expect(run.stopReason()).toContain('2 batches in a row');
  });

  it('reports all events of a tenant that is not there', async () => {
    const run = runWith(async () => ({ kind: 'unknown-tenant' }));
    await run.deliver(7);
    expect(run.seen).toEqual({ 'unknown acme': 7 });
  });

  it('reports every event exactly once, whatever the server answers', async () => {
    const fault = fc.tuple(fc.nat({ max: 9 }), fc.constant('bad'));
    const kinds = fc.oneof(
      fc.constant<Answer>(busy),
      fc.constant<Answer>({ kind: 'hopeless', reason: 'no' }),
      fc.constant<Answer>({ kind: 'unknown-tenant' }),
      fc.constant<Answer>(refused(413)),
      fc.array(fault, { maxLength: 4 }).map((faults) => refused(400, faults)),
      fc.constant<Answer | undefined>(undefined),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(kinds, { maxLength: 20 }),
        fc.integer({ min: 1, max: 12 }),
        async (script, size) => {
          const run = runWith(answers(script));
          await run.deliver(size);
          expect(Object.values(run.seen).reduce((sum, count) => sum + count, 0)).toBe(size);
        },
      ),
    );
  });
});

function runWith(send: SendBatch) {
  const stopping = new AbortController();
  const seen: Record<string, number> = {};
  const reasons: string[] = [];
  const waitedMs: number[] = [];
  let requests = 0;
  const count = (kind: string, by: number) => {
    seen[kind] = (seen[kind] ?? 0) + by;
  };
  const report: DeliveryReport = {
    taken: (_, counts) => count('taken', counts.accepted + counts.duplicates),
    broken: (entry, reason) => {
      reasons.push(`${entry.lineNumber} ${reason}`);
      count('broken', 1);
    },
    unknownTenant: (tenant, entries) => count(`unknown ${tenant}`, entries.length),
    undelivered: (entries, reason) => {
      reasons.push(`${entries[0]?.lineNumber} ${reason}`);
      count('undelivered', entries.length);
    },
  };
  const delivery = new Delivery(
    {
      send: (batch) => {
        requests += 1;
        return send(batch);
      },
      report,
      stopped: stopping.signal,
      stop: (reason) => stopping.abort(reason),
      sleep: async (delayMs) => void waitedMs.push(delayMs),
      random: () => 0.5,
    },
    limits,
  );
  return {
    seen,
    reasons,
    waitedMs,
    requests: () => requests,
    stopReason: () => stopping.signal.reason as string | undefined,
    deliver: (size: number) =>
      delivery.deliver({ tenant: 'acme', entries: Array.from({ length: size }, (_, i) => entry(i)) }),
  };
}

/** Answers in this order, an undefined one and all after them taking the batch. */
function answers(script: readonly (Answer | undefined)[]): SendBatch {
  let next = 0;
  return async ({ entries }) => {
    const answer = script[next++] ?? taken(entries);
    if (answer.kind !== 'refused') return answer;
    return { ...answer, faults: new Map([...answer.faults].filter(([index]) => index < entries.length)) };
  };
}

function has(entries: readonly Entry[], lineNumber: number): boolean {
  return entries.some((each) => each.lineNumber === lineNumber);
}

function entry(lineNumber: number): Entry {
  return { lineNumber, event: { id: `e-${lineNumber}`, metric: 'm', timestamp: '2024-01-01T00:00:00.000Z' } };
}
