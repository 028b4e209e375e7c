import { describe, expect, it } from 'vitest';
import { pathOf, tenantOfTarget } from './tenant.js';

describe('tenantOfTarget', () => {
  it.each([
    ['/acme/items?page=2', 'acme'],
    ['/acme', 'acme'],
    ['/acme?x=/b', 'acme'],
    ['/acme#part', 'acme'],
    ['/%61cme/x', 'acme'],
    ['http://api.example:8080/acme/x', 'acme'],
    ['/a', 'a'],
    ['/0-9', '0-9'],
  ])('finds the tenant in %s', (target, code) => {
    expect(tenantOfTarget(target)).toEqual({ kind: 'tenant', code });
  });

  it.each([
    ['/', ''],
    ['//acme/x', ''],
    ['/Acme/x', 'Acme'],
    ['/favicon.ico', 'favicon.ico'],
    ['/-acme', '-acme'],
    ['/system/x', 'system'],
    ['/common/x', 'common'],
    ['/%73ystem', 'system'],
    ['/%2561cme', '%61cme'],
    ['/a%2Fb', 'a/b'],
    ['/%E0%A4%A', '%E0%A4%A'],
    ['*', '*'],
    ['api.example:443', 'api.example:443'],
    ['http://api.example', ''],
    ['http://api.example?x', ''],
    [undefined, '(no request)'],
  ])('finds none in %s', (target, segment) => {
    expect(tenantOfTarget(target)).toEqual({ kind: 'none', segment });
  });

  it('bounds a code to 63 characters', () => {
    expect(tenantOfTarget(`/${'a'.repeat(63)}`).kind).toBe('tenant');
    expect(tenantOfTarget(`/${'a'.repeat(64)}`).kind).toBe('none');
  });

  it('leaves query and fragment out of the path', () => {
    expect(pathOf('/acme/x?token=secret#y')).toBe('/acme/x');
  });
});
