const BITS_PER_ID = 12;
const PROBES = 7;

/**
 * A Bloom filter over hashes: what it does not know was never added; of the rest one in 300 was not either.
 * 12 bits a hash: 1.5 MB for a million.
 */
export class IdFilter {
  private readonly bits: Uint32Array;
  private readonly size: number;

  constructor(capacity: number) {
    const words = Math.max(1, Math.ceil((capacity * BITS_PER_ID) / 32));
    this.bits = new Uint32Array(words);
    this.size = words * 32;
  }

  get byteLength(): number {
    return this.bits.byteLength;
  }

  static bytesFor(capacity: number): number {
    return Math.ceil((capacity * BITS_PER_ID) / 8);
  }

  /** `offset`: where the hash begins, of which eight bytes are used. */
  add(hashes: Uint8Array, offset = 0): void {
    const [first, second] = wordsOf(hashes, offset);
    for (let probe = 0; probe < PROBES; probe += 1) {
      const bit = (first + probe * second) % this.size;
      const word = Math.floor(bit / 32);
      this.bits[word] = (this.bits[word] ?? 0) | (1 << (bit % 32));
    }
  }

  mayHave(hash: Uint8Array): boolean {
    const [first, second] = wordsOf(hash, 0);
    for (let probe = 0; probe < PROBES; probe += 1) {
      const bit = (first + probe * second) % this.size;
      if (((this.bits[Math.floor(bit / 32)] ?? 0) & (1 << (bit % 32))) === 0) return false;
    }
    return true;
  }
}

/** The second is odd, so that probes do not fall on one bit. */
function wordsOf(bytes: Uint8Array, offset: number): readonly [number, number] {
  const view = new DataView(bytes.buffer, bytes.byteOffset + offset, 8);
  return [view.getUint32(0), (view.getUint32(4) | 1) >>> 0];
}
