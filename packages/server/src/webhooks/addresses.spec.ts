import { describe, expect, it } from 'vitest';
import { AddressPolicy, parseNetwork } from './addresses.js';

const none = new AddressPolicy([]);

describe('public addresses', () => {
  it.each([
    ...[
      '8.8.8.8',
      '1.1.1.1',
      '93.184.216.34',
      '172.15.255.255',
      '172.32.0.1',
      '100.63.255.255',
      '100.128.0.1',
    ],
    ...['11.0.0.1', '126.255.255.255', '128.0.0.1', '169.253.1.1', '192.167.1.1', '223.255.255.255'],
    ...['2606:4700:4700::1111', '2a00:1450:4001:81b::200e', '2400:cb00::1'],
  ])('%s is one', (address) => {
    expect(none.isPublic(address)).toBe(true);
  });

  it.each([
    // This host, loopback, private, link-local, shared, and those of documentation and tests.
    ...['0.0.0.0', '0.1.2.3', '127.0.0.1', '127.255.255.255', '10.0.0.1', '172.16.0.1', '172.31.255.255'],
    ...['192.168.0.1', '169.254.169.254', '169.254.0.1', '100.64.0.1', '100.100.100.200', '100.127.255.255'],
    ...['192.0.0.1', '192.0.0.192', '192.0.2.1', '198.18.0.1', '198.51.100.1', '203.0.113.1', '192.88.99.1'],
    ...['224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255', '168.63.129.16'],
    ...[
      '::',
      '::1',
      '::7f00:1',
      '::127.0.0.1',
      '::8.8.8.8',
      '::ffff:127.0.0.1',
      '::ffff:8.8.8.8',
      '::ffff:0:7f00:1',
    ],
    ...[
      '64:ff9b::7f00:1',
      '64:ff9b::8.8.8.8',
      '64:ff9b:1::1',
      '2002:7f00:1::',
      '2002:808:808::1',
      '2001::1',
      '2001:0:4136:e378::1',
    ],
    ...[
      'fe80::1',
      'fe80::1%eth0',
      'fec0::1',
      'fc00::1',
      'fd00:ec2::254',
      'ff02::1',
      '100::1',
      '2001:db8::1',
      '3fff::1',
      '5f00::1',
    ],
    // What is written otherwise than the system writes it is none at all.
    ...[
      '127.1',
      '2130706433',
      '0x7f000001',
      '0177.0.0.1',
      '8.8.8',
      '08.8.8.8',
      '',
      'example.com',
      '8.8.8.8 ',
      '[::1]',
    ],
  ])('%s is none', (address) => {
    expect(none.isPublic(address)).toBe(false);
    expect(none.isAllowed(address)).toBe(false);
  });
});

describe('allowed networks', () => {
  const networks = ['10.1.0.0/16', '192.168.1.7', 'fd00::/8'].map(parseNetwork);
  const policy = new AddressPolicy(networks.filter((network) => network !== null));

  it.each([
    ['10.1.2.3', true],
    ['10.2.0.1', false],
    ['192.168.1.7', true],
    ['192.168.1.8', false],
    ['fd12::1', true],
    ['fe80::1', false],
    ['::ffff:10.1.2.3', false],
    ['8.8.8.8', false],
  ])('%s: %s', (address, expected) => {
    expect(policy.isAllowed(address)).toBe(expected);
  });

  it.each(['', '10.0.0.0/33', '10.0.0/8', 'example.com', '10.0.0.0/-1', '300.1.1.1', '::/129', '1/8'])(
    '%j is no network',
    (text) => {
      expect(parseNetwork(text)).toBeNull();
    },
  );
});
