import { type Command, type CommandRecord, evolve } from '@landlord/kernel';
import { expect, it } from 'vitest';
import { auditEntry, auditEntryView, auditQuery } from './audit.schema.js';

const origin = {
  userId: 'usr-001',
  requestId: 'req-1',
  source: 'PATCH /subscription/auto-renew',
  ip: '192.0.2.1',
  at: '2024-03-01T09:00:00.000Z',
};
const LINK = { sequence: 3, contentHash: 'a'.repeat(64), hash: 'b'.repeat(64) };
const input: Command = {
  kind: 'full',
  pk: 'TENANT#acme',
  sk: 'SUBSCRIPTION#SUB-001',
  version: 0,
  tenantCode: 'acme',
  type: 'SUBSCRIPTION',
  code: 'SUB-001',
  name: 'starter of acme',
  attributes: { autoRenew: false },
};

function recordOf(): CommandRecord {
  const evolution = evolve(null, input, origin);
  if (evolution.status !== 'changed') throw new Error(JSON.stringify(evolution));
  const { item } = evolution;
  const { pk, sk, version, tenantCode, type } = item;
  return {
    pk,
    sk,
    version,
    tenantCode,
    type,
    kind: input.kind,
    input,
    item,
    position: '1',
    link: LINK,
    isRedacted: false,
    ...origin,
  };
}

it('says who did what to which item, when and from where', () => {
  const entry = auditEntry(recordOf());
  expect(entry).toEqual({
    id: 'TENANT#acme#SUBSCRIPTION#SUB-001',
    type: 'SUBSCRIPTION',
    version: 1,
    kind: 'full',
    at: origin.at,
    userId: 'usr-001',
    source: 'PATCH /subscription/auto-renew',
    ip: '192.0.2.1',
    requestId: 'req-1',
    sequence: 3,
    hash: 'b'.repeat(64),
    command: input,
  });
  expect(auditEntryView.parse(entry)).toEqual(entry);
});

it('shows a caller without an address', () => {
  expect(auditEntryView.parse(auditEntry({ ...recordOf(), ip: null })).ip).toBeNull();
});

it('shows an entry from before the chain began', () => {
  expect(auditEntryView.parse(auditEntry({ ...recordOf(), link: null }))).toMatchObject({
    sequence: null,
    hash: null,
  });
});

it('takes an id apart into partition and sort key', () => {
  const { item } = auditQuery.parse({ item: 'TENANT#acme#SUBSCRIPTION#SUB-001' });
  expect(item).toEqual({ pk: 'TENANT#acme', sk: 'SUBSCRIPTION#SUB-001' });
});

it.each(['', 'acme', 'TENANT#acme', 'TENANT#acme#', '#acme#MASTER'])('refuses %j as an id', (item) => {
  expect(auditQuery.safeParse({ item }).success).toBe(false);
});
