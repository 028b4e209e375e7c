import { describe, expect, it } from 'vitest';
import { refuseForeignEncoding } from './body-encoding.js';

const refusal = (text: string) =>
  expect.objectContaining({ code: 'unsupported_media_type', message: expect.stringContaining(text) });

describe('the encoding of a body', () => {
  it.each([
    {},
    { 'content-encoding': 'identity' },
    { 'content-encoding': ' Identity ' },
    { 'content-encoding': '' },
    { 'content-type': 'application/json' },
    { 'content-type': 'application/json; charset=utf-8' },
    { 'content-type': 'application/json;charset="UTF-8"' },
    { 'content-type': 'application/json; Charset=utf8; version=1' },
  ])('may be %j', (headers) => {
    expect(() => refuseForeignEncoding(headers)).not.toThrow();
  });

  it.each([
    [{ 'content-encoding': 'gzip' }, 'identity'],
    [{ 'content-encoding': 'identity, br' }, 'identity'],
    [{ 'content-type': 'application/json; charset=utf-16' }, 'utf-8'],
    [{ 'content-type': 'application/json; version=1; CHARSET="latin1"' }, 'utf-8'],
    [{ 'content-type': 'application/json; charset=' }, 'utf-8'],
  ])('may not be %j', (headers, allowed) => {
    expect(() => refuseForeignEncoding(headers)).toThrow(refusal(allowed));
  });
});
