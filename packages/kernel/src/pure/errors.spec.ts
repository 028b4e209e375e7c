import { expect, it } from 'vitest';
import { assertNever, invalidInput, LandlordError, notFound } from './errors.js';

it('is an error with a code, and has nothing where nothing was given', () => {
  const error = new LandlordError('forbidden', 'not yours');
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({
    name: 'LandlordError',
    code: 'forbidden',
    message: 'not yours',
    errors: [],
    facts: {},
    retryAfterSeconds: undefined,
  });
  expect('cause' in error).toBe(false);
});

it('keeps its cause, facts and advice when to try again', () => {
  const cause = new Error('connection lost');
  const options = { cause, facts: { currentVersion: 4 }, retryAfterSeconds: 1 };
  expect(new LandlordError('unavailable', 'try again', options)).toMatchObject(options);
});

it.each([
  ['3.timestamp', 'is required', '3.timestamp: is required'],
  ['', 'the request needs a JSON body', 'the request needs a JSON body'],
])('refuses input at %j', (path, message, whole) => {
  expect(invalidInput(path, message)).toMatchObject({
    code: 'validation_failed',
    message: whole,
    errors: [{ path, message }],
  });
});

it('says what was not found and nothing about whose it is', () => {
  expect(notFound('tenant')).toMatchObject({ code: 'not_found', message: 'tenant not found', facts: {} });
});

it('throws on a value no branch was made for', () => {
  expect(() => assertNever({ kind: 'new' } as never)).toThrow('unexpected value {"kind":"new"}');
});
