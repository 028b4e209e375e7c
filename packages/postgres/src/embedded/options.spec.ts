import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { resolveOptions } from './options.js';

describe('resolveOptions', () => {
  it('fills in what is not given', () => {
    expect(resolveOptions({ dataDir: 'data' })).toMatchObject({
      dataDir: resolve('data'),
      maxRestarts: 50,
      startTimeoutMs: 120_000,
      stopTimeoutMs: 10_000,
      settings: {},
    });
  });

  it.each([
    [{ dataDir: ' ' }],
    [{ dataDir: 'd', maxRestarts: -1 }],
    [{ dataDir: 'd', maxRestarts: 101 }],
    [{ dataDir: 'd', maxRestarts: 1.5 }],
    [{ dataDir: 'd', startTimeoutMs: 999 }],
    [{ dataDir: 'd', stopTimeoutMs: Number.NaN }],
    [{ dataDir: 'd', settings: { 'fsync=off -c x': '1' } }],
  ])('refuses %j', (options) => {
    expect(() => resolveOptions(options)).toThrowError(expect.objectContaining({ code: 'option_invalid' }));
  });

  it.each([
    [{ dataDir: 'd', maxRestarts: 0 }],
    [{ dataDir: 'd', maxRestarts: 100, startTimeoutMs: 1_000, stopTimeoutMs: 0 }],
    [{ dataDir: 'd', settings: { 'app.tenant': 'x', work_mem: '4MB' } }],
  ])('takes %j', (options) => {
    expect(resolveOptions(options)).toMatchObject({ ...options, dataDir: resolve('d') });
  });
});
