import { LandlordError } from '@landlord/kernel';
import { describe, expect, it } from 'vitest';
import { headerText, namedAsHeaders } from './cloud-events.js';

describe('a header of a CloudEvent', () => {
  it.each([
    // The binding's own example, and what older senders wrote.
    ['Euro%20%E2%82%AC%20%F0%9F%98%80', 'Euro € 😀'],
    ['Euro%20%e2%82%ac', 'Euro €'],
    ['A234-1234-1234', 'A234-1234-1234'],
    ['/mycontext/subcontext', '/mycontext/subcontext'],
    ['"quoted text"', 'quoted text'],
    ['"a \\"quoted\\" \\\\ text"', 'a "quoted" \\ text'],
    ['"50%25 quoted"', '50% quoted'],
    ['%22not unquoted%22', '"not unquoted"'],
    ['one%2520round', 'one%20round'],
    ['"open', '"open'],
    ['', ''],
    ['100%', null],
    ['%zz', null],
    ['%C3%28', null],
    ['%ED%A0%80', null],
  ])('%s is %j', (value, text) => {
    expect(headerText(value)).toBe(text);
  });
});

describe('what is wrong in a binary event', () => {
  const wrong = (path: string) =>
    new LandlordError('validation_failed', path === '' ? 'is odd' : `${path}: is odd`, {
      errors: [{ path, message: 'is odd' }],
    });

  it.each([
    ['id', 'headers.ce-id'],
    ['specversion', 'headers.ce-specversion'],
    ['time', 'headers.ce-time'],
    ['data.quantity', 'quantity'],
    ['headers.if-match', 'headers.if-match'],
  ])('%s is named %s', (path, named) => {
    expect(namedAsHeaders(wrong(path), { isBinaryEvent: true })).toMatchObject({
      message: `${named}: is odd`,
      errors: [{ path: named, message: 'is odd' }],
    });
    expect(namedAsHeaders(wrong(path), { isBinaryEvent: false })).toMatchObject({ errors: [{ path }] });
  });

  it('is the body itself where the data is', () => {
    expect(namedAsHeaders(wrong('data'), { isBinaryEvent: true })).toMatchObject({
      message: 'is odd',
      errors: [{ path: '' }],
    });
    const fault = new Error('data: a fault');
    expect(namedAsHeaders(fault, { isBinaryEvent: true })).toBe(fault);
  });
});
