import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { clusterName, relate, relateCommandLine, relateProcess } from './cluster-process.js';
import { temporaryFolder } from './embedded-postgres.fixture.js';

const mark = { directory: '/data of mine/postgres', name: 'landlord-a-b' };
const postgres = '/opt/bin/postgres';
const named = `cluster_name=${mark.name}`;

describe('relate', () => {
  it.each([
    ['works in the folder', [postgres, '-D', '/proc/self/cwd'], true, 'server'],
    ['works in another folder, though it has the name', [postgres, '-c', named], false, 'other'],
    ['has the name, unseen', [postgres, '-c', named], undefined, 'server'],
    ['has the folder, unseen', [postgres, '-D', mark.directory], undefined, 'server'],
    ['has a name that only begins alike', [postgres, '-c', `${named}c`], undefined, 'unknown'],
    ['is some PostgreSQL, unseen', [postgres], undefined, 'unknown'],
    ['is another program in the folder', ['/bin/bash'], true, 'other'],
    ['is a program that names PostgreSQL', ['/bin/less', postgres, '-c', named], undefined, 'other'],
    ['hides its command line', [], undefined, 'unknown'],
  ] as const)('a process that %s', (_, argv, inFolder, expected) => {
    expect(relate({ argv, inFolder }, mark)).toBe(expected);
  });
});

describe('relateCommandLine', () => {
  it.each([
    [`${postgres} -D ${mark.directory} -p 1 -c ${named} -c fsync=on`, 'server'],
    [`${postgres} -D ${mark.directory} -p 1`, 'server'],
    [`${postgres} -D ${mark.directory}-other -p 1`, 'unknown'],
    ['/usr/bin/vim notes', 'other'],
    ['', 'unknown'],
  ])('%s', (command, expected) => {
    expect(relateCommandLine(command, mark)).toBe(expected);
  });
});

describe('relateProcess', () => {
  it('sees that this process is no server', async () => {
    expect(await relateProcess(process.pid, mark)).toBe('other');
  });
});

describe('clusterName', () => {
  it('stays with a folder, and is not the one of its copy', async () => {
    const folder = await temporaryFolder();
    const [original, copy] = [join(folder.path, 'original'), join(folder.path, 'copy')];
    await mkdir(original);
    await cp(original, copy, { recursive: true });
    expect(await clusterName(original)).toBe(await clusterName(original));
    expect(await clusterName(original)).not.toBe(await clusterName(copy));
    await folder.remove();
  });
});
