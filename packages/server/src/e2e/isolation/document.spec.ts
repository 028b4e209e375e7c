import { describe, expect, it } from 'vitest';
import { readDocument } from './document.js';

function read(operation: object) {
  const get = { operationId: 'getThings', ...operation };
  return readDocument({ paths: { '/things': { get } }, components: {} }).operations;
}

describe('the document', () => {
  it('tells who may call an operation', () => {
    expect(read({ description: 'All.\n\nRoles: `system_admin`, `admin`.' })).toMatchObject([
      { id: 'getThings', method: 'GET', path: '/things', roles: ['system_admin', 'admin'] },
    ]);
    expect(read({ description: 'Needs no token.', security: [] })).toMatchObject([{ roles: [] }]);
  });

  it('cannot be walked when it hides who may call an operation', () => {
    expect(() => read({ description: 'All.' })).toThrow('getThings needs a token');
  });
});
