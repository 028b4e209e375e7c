import { describe, expect, it } from 'vitest';
import { provisionBody } from './tenant.schema.js';

const body = { companySlug: 'acme-corp', companyName: 'Acme', planCode: 'starter' };

function paths(fields: object): string[] {
  const result = provisionBody.safeParse({ ...body, ...fields });
  if (result.success) return [];
  const { issues } = result.error;
  return [...new Set(issues.map((issue) => ('keys' in issue ? issue.keys : issue.path).join('.')))];
}

describe('provisioning', () => {
  it('needs no more than slug, name and plan; the zone is UTC then', () => {
    expect(provisionBody.parse(body)).toEqual({ ...body, timezone: 'UTC' });
  });

  it('takes everything that describes a tenant', () => {
    const whole = {
      ...body,
      industry: 'tools',
      country: 'JP',
      timezone: 'Asia/Tokyo',
      adminEmail: 'admin@acme.example',
    };
    expect(provisionBody.parse(whole)).toEqual(whole);
  });

  it.each<[string, unknown]>([
    ['companySlug', undefined],
    ['companySlug', 'Acme'],
    ['companySlug', 'acme_corp'],
    ['companySlug', 'acme@corp'],
    ['companySlug', 'acme#corp'],
    ['companySlug', 'a'.repeat(64)],
    ['companySlug', 'common'],
    ['companySlug', 'system'],
    ['companySlug', ['acme']],
    ['companyName', ''],
    ['companyName', '   '],
    ['companyName', 'a\u0000'],
    ['companyName', '\ud800'],
    ['companyName', 'x'.repeat(201)],
    ['planCode', '../starter'],
    ['planCode', ''],
    ['country', 'jp'],
    ['country', 'JPN'],
    ['timezone', '+09:00'],
    ['timezone', 'asia/tokyo'],
    ['timezone', 'JST'],
    ['timezone', null],
    ['adminEmail', 'admin'],
    ['adminEmail', `${'x'.repeat(250)}@a.example`],
    ['industry', null],
    ['slug', 'acme'],
  ])('is refused at %s for %j', (field, value) => {
    expect(paths({ [field]: value })).toEqual([field]);
  });

  it('is refused for __proto__', () => {
    const hostile: unknown = JSON.parse(`${JSON.stringify(body).slice(0, -1)},"__proto__":{"isAdmin":true}}`);
    expect(provisionBody.safeParse(hostile).success).toBe(false);
  });
});
