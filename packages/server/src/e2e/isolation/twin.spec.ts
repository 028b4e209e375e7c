import { describe, expect, it } from 'vitest';
import { newMarker } from './marker.js';
import { Twin } from './twin.js';

const [VICTIM, GHOST] = ['v123456789', 'v987654321'];
const MINTED = ['0f8fad5b-d9cb-469f-a165-70867728950e', 'll_live_Ab3dEf6hIj9k'];
const twin = new Twin(VICTIM, GHOST, MINTED);

describe('the twin of an identifier', () => {
  it.each([
    [VICTIM, GHOST],
    [`TENANT#${VICTIM}#MASTER`, `TENANT#${GHOST}#MASTER`],
    [VICTIM.toUpperCase(), GHOST.toUpperCase()],
    ['0f8fad5b-d9cb-469f-a165-70867728950e', '0f8fad5b-d9cb-469f-a165-70862273405b'],
    ['ll_live_Ab3dEf6hIj9k', 'll_live_Ab3dRs1uVw4x'],
    ['SUB-001', 'SUB-001'],
    ['2024-01', '2024-01'],
  ])('%s is %s', (text, expected) => {
    expect(twin.of(text)).toBe(expected);
  });

  it('reaches into cursors', () => {
    const cursor = (tenant: string) => Buffer.from(JSON.stringify(['binding', tenant])).toString('base64url');
    expect(twin.of(cursor(VICTIM))).toBe(cursor(GHOST));
  });

  it('reaches into JSON, and leaves what is no text', () => {
    expect(twin.ofJson({ [VICTIM]: [VICTIM, 7, null, { a: true }] })).toEqual({
      [GHOST]: [GHOST, 7, null, { a: true }],
    });
  });

  it('has the same length', () => {
    for (const text of [newMarker('victim'), ...MINTED]) expect(twin.of(text)).toHaveLength(text.length);
  });
});
