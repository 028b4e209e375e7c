import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTimeZone, timeZoneOf, UTC } from './timezone.js';

describe('parseTimeZone', () => {
  it.each<[string, string]>([
    ['UTC', 'UTC'],
    ['Etc/UTC', 'UTC'],
    ['GMT', 'UTC'],
    ['Europe/Paris', 'Europe/Paris'],
    ['America/Argentina/Buenos_Aires', 'America/Argentina/Buenos_Aires'],
    ['America/Port-au-Prince', 'America/Port-au-Prince'],
    ['America/North_Dakota/New_Salem', 'America/North_Dakota/New_Salem'],
    ['Asia/Kolkata', 'Asia/Kolkata'],
    ['Asia/Calcutta', 'Asia/Calcutta'],
    ['US/Eastern', 'US/Eastern'],
  ])('takes %s as %s', (input, expected) => {
    expect(parseTimeZone(input)).toEqual({ ok: true, value: expected });
  });

  it('takes every zone the engine lists', () => {
    const refused = Intl.supportedValuesOf('timeZone').filter((name) => !parseTimeZone(name).ok);
    expect(refused.filter((name) => name !== 'UTC')).toEqual([]);
  });

  it.each<[unknown]>([
    [''],
    [' '],
    [' Europe/Paris'],
    ['Europe/Paris '],
    ['Europe/Paris\n'],
    ['Europe/Paris\0'],
    ['Europe/Paris[u-ca=iso8601]'],
    ['2024-01-01T00:00+01:00[Europe/Paris]'],
    ['europe/paris'],
    ['EUROPE/PARIS'],
    ['Europe/PARIS'],
    ['Etc/Zulu'],
    ['utc'],
    ['Z'],
    ['+02:00'],
    ['-0500'],
    ['UTC+2'],
    ['GMT+2'],
    ['Etc/GMT+5'],
    ['Etc/Unknown'],
    ['Factory'],
    ['EST'],
    ['PST'],
    ['EST5EDT'],
    ['CET'],
    ['SystemV/AST4'],
    ['Systemv/AST4'],
    ['Europe'],
    ['Europe/'],
    ['/Paris'],
    ['Europe/Atlantis'],
    ['Europe//Paris'],
    ['Europe/../Paris'],
    ['../etc/passwd'],
    ['__proto__'],
    ['constructor'],
    ['toString'],
    ['Еurope/Paris'],
    ['A'.repeat(300)],
    [`Europe/${'P'.repeat(300)}`],
    [0],
    [null],
    [undefined],
    [{}],
    [['UTC']],
  ])('refuses %j', (input) => {
    const result = parseTimeZone(input);
    expect(result.ok).toBe(false);
    expect(result.ok || result.message.length).toBeLessThan(200);
  });

  it('names the right spelling of a name it knows', () => {
    expect(parseTimeZone('europe/PARIS')).toMatchObject({
      message: expect.stringContaining('"Europe/Paris"'),
    });
  });

  it('never throws, and takes only what Intl knows too', () => {
    const mangled = fc
      .tuple(fc.constantFrom('Europe/Paris', 'UTC', 'Asia/Tokyo', ''), fc.string(), fc.nat({ max: 12 }))
      .map(([name, noise, at]) => name.slice(0, at) + noise + name.slice(at));
    fc.assert(
      fc.property(fc.oneof(mangled, fc.anything()), (input) => {
        const result = parseTimeZone(input);
        if (result.ok) expect(() => new Intl.DateTimeFormat('en', { timeZone: result.value })).not.toThrow();
      }),
    );
  });
});

describe('timeZoneOf', () => {
  it('throws on what parseTimeZone refuses', () => {
    expect(timeZoneOf('Etc/UTC')).toBe(UTC);
    expect(() => timeZoneOf('+02:00')).toThrow(RangeError);
  });
});
