const BASE64_WHOLE = /^[A-Za-z0-9_-]{16,}$/;
const MUTATED_TAIL = 8;

/** Makes of any identifier of somebody one of the same shape that never existed. */
export class Twin {
  private readonly mutations: ReadonlyMap<string, string>;

  constructor(
    private readonly marker: string,
    readonly ghost: string,
    /** Identifiers that the server made up, without the marker. */
    minted: Iterable<string>,
  ) {
    this.mutations = new Map([...minted].map((id) => [id, mutated(id)]));
  }

  of(text: string): string {
    const inside = BASE64_WHOLE.test(text) ? Buffer.from(text, 'base64url').toString() : '';
    if (inside.includes(this.marker)) return Buffer.from(this.plain(inside)).toString('base64url');
    return this.plain(text);
  }

  /** Of all texts in a JSON value, names of fields included. */
  ofJson<T>(value: T): T {
    if (typeof value === 'string') return this.of(value) as T;
    if (Array.isArray(value)) return value.map((each) => this.ofJson(each)) as T;
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [this.of(name), this.ofJson(each)]),
    ) as T;
  }

  /** What never existed, as it is named in answers that are compared. */
  ghosts(): string[] {
    return [this.ghost, ...this.mutations.values()];
  }

  private plain(text: string): string {
    let result = text
      .replaceAll(this.marker, this.ghost)
      .replaceAll(this.marker.toUpperCase(), this.ghost.toUpperCase());
    for (const [id, ghost] of this.mutations) result = result.replaceAll(id, ghost);
    return result;
  }
}

/** The end is turned within its kind of characters, so that length and alphabet stay. */
function mutated(id: string): string {
  const isHex = /^[0-9a-f-]+$/.test(id);
  const tail = [...id.slice(-MUTATED_TAIL)].map((character) => turned(character, isHex));
  return id.slice(0, -MUTATED_TAIL) + tail.join('');
}

function turned(character: string, isHex: boolean): string {
  const alphabet = [
    '0123456789',
    isHex ? 'abcdef' : 'abcdefghijklmnopqrstuvwxyz',
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  ];
  const own = alphabet.find((letters) => letters.includes(character));
  if (!own) return character;
  return own[(own.indexOf(character) + own.length / 2) % own.length] ?? character;
}
