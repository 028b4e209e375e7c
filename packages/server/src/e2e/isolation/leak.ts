import { canariesIn, withDecoded } from './marker.js';
import { type WireAnswer } from './wire.js';

export interface LeakFound {
  readonly kind: 'canary' | 'identifier';
  readonly text: string;
}

/** Finds in answers to others what only one tenant has. */
export class LeakDetector {
  constructor(
    private readonly marker: string,
    /** Lower case. */
    private readonly secrets: readonly string[],
  ) {}

  /** `sent`: what the caller itself has sent, in this request and in those that were taken; lower case. */
  find(answer: WireAnswer, sent: readonly string[]): LeakFound | null {
    const shown = withDecoded(`${JSON.stringify(answer.headers)}\n${answer.text}`).toLowerCase();
    const isSent = (text: string) => sent.some((each) => each.includes(text));
    const canary = canariesIn(shown, this.marker).find((text) => !isSent(text));
    if (canary !== undefined) return { kind: 'canary', text: canary };
    const secret = this.secretsIn(shown).find((text) => !isSent(text));
    return secret === undefined ? null : { kind: 'identifier', text: secret };
  }

  /** Lower case. */
  secretsIn(text: string): string[] {
    const found = this.secrets.filter((secret) => text.includes(secret));
    return text.includes(this.marker) ? [this.marker, ...found] : found;
  }
}
