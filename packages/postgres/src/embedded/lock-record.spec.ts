import { hostname } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isHeld, parseLockRecord, STALE_AFTER_MS } from './lock-record.js';
import { identifyProcess } from './process-identity.js';

describe('parseLockRecord', () => {
  const anyRecord = fc.record({
    pid: fc.integer({ min: 1, max: 4_194_304 }),
    startedAs: fc.string(),
    host: fc.string(),
    nonce: fc.uuid(),
  });

  it('reads what was written', () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        expect(parseLockRecord(JSON.stringify(record))).toEqual(record);
      }),
    );
  });

  it('takes anything else for no lock, without failing', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(parseLockRecord(text)).toBeUndefined();
      }),
    );
  });

  it('takes a lock cut short by a power failure for no lock', () => {
    fc.assert(
      fc.property(anyRecord, fc.double({ min: 0, max: 0.99, noNaN: true }), (record, share) => {
        const text = JSON.stringify(record);
        expect(parseLockRecord(text.slice(0, Math.floor(text.length * share)))).toBeUndefined();
      }),
    );
  });
});

describe('isHeld', () => {
  const elsewhere = { pid: process.pid, startedAs: 'x', host: `not-${hostname()}`, nonce: 'n' };

  it('judges a holder on this host by pid and start, however silent', async () => {
    const identity = await identifyProcess(process.pid);
    const record = { ...elsewhere, host: hostname(), startedAs: identity?.startedAs ?? '' };
    expect(await isHeld(record, Number.MAX_SAFE_INTEGER)).toBe(true);
    expect(await isHeld({ ...record, startedAs: 'another start' }, 0)).toBe(false);
  });

  it.each([
    [0, true],
    [STALE_AFTER_MS - 1, true],
    [STALE_AFTER_MS, false],
  ])('judges one on another host by its silence of %d ms', async (untouchedMs, held) => {
    expect(await isHeld(elsewhere, untouchedMs)).toBe(held);
  });
});
