import { describe, expect, it } from 'vitest';
import { parseArguments } from './arguments.js';

describe('arguments of audit:verify', () => {
  it.each([
    [[], { tenant: null, heads: null, writeHeads: null }],
    [
      ['--tenant', 'acme-corp', '--heads', 'h.json'],
      { tenant: 'acme-corp', heads: 'h.json', writeHeads: null },
    ],
    [
      ['--tenant', 'common', '--write-heads', 'h.json'],
      { tenant: 'common', heads: null, writeHeads: 'h.json' },
    ],
  ])('%j', (argv, options) => {
    expect(parseArguments(argv)).toEqual({ kind: 'verify', options });
  });

  it.each([[['--tenant', 'Acme']], [['--tenants', 'acme']], [['acme']]])('%j is wrong', (argv) => {
    expect(parseArguments(argv).kind).toBe('wrong');
  });
});
