import { describe, expect, it } from 'vitest';
import { type JsonSchema } from './document.js';
import { Examples, type Taste } from './example.js';
import { MarkedNames } from './marker.js';

const PLAIN: Taste = { canaries: false, optionals: true, newNames: false, choice: 0, later: false };
const SCHEMAS = {
  Code: { type: 'string', pattern: '^[a-z0-9-]+$', example: 'acme-corp' },
  Event: {
    type: 'object',
    required: ['id'],
    properties: { id: { $ref: '#/components/schemas/Code' }, note: { type: 'string' }, never: { not: {} } },
  },
} satisfies Record<string, JsonSchema>;

function example(schema: JsonSchema, taste: Partial<Taste> = {}, name = 'field'): unknown {
  return new Examples({ schemas: SCHEMAS }, new MarkedNames('v1')).of(schema, name, { ...PLAIN, ...taste });
}

describe('a value for a schema', () => {
  it.each<[JsonSchema, Partial<Taste>, unknown]>([
    [{ type: 'string', example: 'Acme' }, {}, 'Acme'],
    [{ type: 'string', example: 'Acme' }, { canaries: true }, 'canary-v1-1'],
    [{ type: 'string', maxLength: 6 }, {}, 'canary'],
    [{ type: 'string', format: 'email' }, {}, 'person-v1-1@example.com'],
    [{ type: 'string', format: 'date', example: '2024-01-31' }, { later: true }, '2031-05-06'],
    [{ $ref: '#/components/schemas/Code' }, { canaries: true }, 'acme-corp'],
    [{ enum: ['hard', 'soft'] }, { choice: 1 }, 'soft'],
    [{ const: '1.0' }, {}, '1.0'],
    [{ type: 'integer', minimum: 5 }, {}, 5],
    [{ type: 'integer', maximum: 0 }, {}, 0],
    [{ type: 'boolean' }, {}, true],
    [{ type: ['string', 'null'], example: 'x' }, {}, 'x'],
    [{ oneOf: [{ type: 'number' }, { type: 'string', example: 'x' }] }, {}, 1],
    [{ oneOf: [{ type: 'number' }, { type: 'string', example: 'x' }] }, { choice: 1 }, 'x'],
    [
      { type: 'array', items: { $ref: '#/components/schemas/Event' } },
      {},
      [{ id: 'acme-corp', note: 'canary-v1-1' }],
    ],
    [{ $ref: '#/components/schemas/Event' }, { optionals: false }, { id: 'acme-corp' }],
    [
      { properties: { a: { const: 1 }, b: { const: 2 }, c: { const: 3 } }, required: ['a'] },
      { optionals: false, optional: 'c' },
      { a: 1, c: 3 },
    ],
    [{ type: 'object', example: { maxUsers: 5 } }, {}, { maxUsers: 5 }],
  ])('%j, %j: %j', (schema, taste, value) => {
    expect(example(schema, taste)).toEqual(value);
  });

  it('is a new name where one is wanted and the pattern allows it', () => {
    expect(example(SCHEMAS.Code, { newNames: true }, 'planCode')).toBe('v1-1');
    expect(example({ ...SCHEMAS.Code, pattern: '^[A-Z]+$' }, { newNames: true }, 'planCode')).toBe(
      'acme-corp',
    );
    expect(example(SCHEMAS.Code, { newNames: true }, 'note')).toBe('acme-corp');
  });
});
