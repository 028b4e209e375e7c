import { describe, expect, it } from 'vitest';
import { parseArguments } from './options.js';
import { tokenOf } from './testing/fake-usage-server.js';

const operator = tokenOf({ 'custom:roles': ['system_admin'] });
const env = { LANDLORD_TOKEN: operator };
const combined = '--file a.log --format combined --tenant-from path-segment --metric apiCalls';
const csv = '--file a.csv --format csv --metric apiCalls';

describe('parseArguments', () => {
  it('reads the arguments of a combined log', () => {
    expect(parsed(`${combined} --source web-1 --batch 500`)).toMatchObject({
      kind: 'import',
      options: {
        file: 'a.log',
        source: 'web-1',
        batchSize: 500,
        maxInFlight: 4,
        url: 'http://127.0.0.1:3000',
        namesTenant: true,
        layout: { format: 'combined', metric: 'apiCalls', tenantFrom: { kind: 'path-segment' } },
      },
    });
  });

  it.each([
    ['--format csv', { kind: 'column', name: 'tenant' }],
    ['--format jsonl --column tenant=org', { kind: 'column', name: 'org' }],
    ['--format cloudevents', { kind: 'column', name: 'subject' }],
    ['--format cloudevents --tenant-from column:org', { kind: 'column', name: 'org' }],
    ['--format jsonl --tenant-from fixed:acme', { kind: 'fixed', code: 'acme' }],
  ])('takes for %s the tenant from %j', (argv, tenantFrom) => {
    expect(parsed(`--file - ${argv}`)).toMatchObject({ options: { layout: { tenantFrom } } });
  });

  it.each([
    ['', '--format'],
    ['--format combined --file x --metric m', '--tenant-from'],
    ['--format combined --file x --tenant-from path-segment', '--metric'],
    ['--format combined --tenant-from path-segment --metric m', '--file'],
    ['--format xml --file x', 'xml is unknown'],
    [`${combined} --batch 0`, '1 to 10000'],
    [`${combined} --batch 10001`, '1 to 10000'],
    [`${combined} --in-flight 17`, '1 to 16'],
    [`${combined} --source a/b`, '--source'],
    [`${combined} --column id=x`, '--column'],
    [`${combined} --nonsense`, '--nonsense'],
    [`${combined} surplus`, 'surplus'],
    ['--file x --format combined --metric m --tenant-from fixed:Acme', 'lower-case'],
    ['--file x --format combined --metric m --tenant-from fixed:system', 'reserved'],
    ['--file x --format jsonl --tenant-from fixed:common', 'reserved'],
    ['--file x --format combined --metric m --tenant-from column:x', 'column:<name>'],
    ['--file x --format combined --metric m --tenant-from host', 'unknown'],
    [`${csv} --tenant-from path-segment`, '--format combined'],
    [`${csv} --column colour=x`, 'field one of'],
    [`${csv} --column id`, '<field>=<column>'],
    [`${csv} --delimiter ab`, 'one character'],
    ['--file x --format cloudevents --column id=x', '--column'],
  ])('refuses %j', (argv, message) => {
    expect(parsed(argv)).toEqual({ kind: 'wrong', message: expect.stringContaining(message) });
  });

  it.each(['ftp://x', 'localhost:3000', 'http://a:b@x', ''])('refuses the address %j', (url) => {
    expect(parsed(combined, { ...env, LANDLORD_URL: url })).toMatchObject({
      kind: 'wrong',
      message: expect.stringContaining('LANDLORD_URL'),
    });
  });

  it.each([
    ['https://x.example/', 'https://x.example'],
    ['https://x.example/api//', 'https://x.example/api'],
  ])('takes %s as %s', (url, expected) => {
    expect(parsed(combined, { ...env, LANDLORD_URL: url })).toMatchObject({ options: { url: expected } });
  });

  it.each([
    ['none', undefined],
    ['no JWT', 'opaque-0123456789'],
    ["a tenant's", tokenOf({ 'custom:roles': ['admin'], 'custom:tenant': 'acme' })],
    ['a role that only begins like the operator’s', tokenOf({ 'custom:roles': ['system_admin_helper'] })],
  ])('refuses to import for many tenants with a token: %s', (_, token) => {
    expect(parsed(combined, { LANDLORD_TOKEN: token }).kind).toBe('wrong');
  });

  it.each([
    ["the tenant's own", tokenOf({ 'custom:roles': 'admin', 'custom:tenant': 'acme' }), 'import'],
    ["another tenant's", tokenOf({ 'custom:roles': 'admin', 'custom:tenant': 'globex' }), 'wrong'],
    ['no JWT', 'opaque-0123456789', 'import'],
  ])('with a fixed tenant and a token (%s): %s', (_, token, kind) => {
    const argv = '--file x --format jsonl --tenant-from fixed:acme';
    const result = parsed(argv, { LANDLORD_TOKEN: token });
    expect(result.kind).toBe(kind);
    if (result.kind === 'import') expect(result.options.namesTenant).toBe(false);
  });

  it.each([
    ['a text', 'admin system_admin'],
    ['JSON in a text', '[{"tenant":"","role":"system_admin"}]'],
    ['objects', [{ tenant: '', role: 'system_admin' }]],
  ])('knows an operator by roles as %s', (_, roles) => {
    expect(parsed(combined, { LANDLORD_TOKEN: tokenOf({ 'custom:roles': roles }) }).kind).toBe('import');
  });

  it('reads roles from another claim when told so', () => {
    const other = { LANDLORD_TOKEN: tokenOf({ groups: ['system_admin'] }) };
    expect(parsed(combined, other).kind).toBe('wrong');
    expect(parsed(`${combined} --roles-claim groups`, other).kind).toBe('import');
  });
});

function parsed(argv: string, environment: NodeJS.ProcessEnv = env) {
  return parseArguments(
    argv.split(' ').filter((each) => each !== ''),
    environment,
  );
}
