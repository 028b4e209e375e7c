import { describe, expect, it } from 'vitest';
import { initdbArguments } from './initialise.js';
import { serverArguments } from './server-settings.js';

describe('serverArguments', () => {
  const server = { dataDirectory: '/d', port: 4242, clusterName: 'landlord-1', settings: {} };

  it('names folder, port and cluster, and is durable', () => {
    const line = serverArguments(server).join(' ');
    expect(line).toMatch(/^-D \/d -p 4242 -c cluster_name=landlord-1 /);
    for (const setting of ['fsync=on', 'full_page_writes=on', 'synchronous_commit=on']) {
      expect(line).toContain(`-c ${setting}`);
    }
  });

  it('says a setting of the caller once, in the place of its own', () => {
    const args = serverArguments({ ...server, settings: { jit: 'on', work_mem: '8MB' } });
    expect(args.filter((arg) => /^(jit|work_mem)=/.test(arg))).toEqual(['jit=on', 'work_mem=8MB']);
  });
});

describe('initdbArguments', () => {
  it('is never told to skip the disk', () => {
    const args = initdbArguments('/d', '/p');
    expect(args).toContain('--data-checksums');
    expect(args).not.toContain('--no-sync');
  });
});
