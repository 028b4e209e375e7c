import { type Clock } from '../pure/clock.js';

/** Asked several times a request; the text of a millisecond is made once. */
export class SystemClock implements Clock {
  private lastMs = Number.NaN;
  private last = '';

  now(): string {
    const nowMs = Date.now();
    if (nowMs !== this.lastMs) {
      this.lastMs = nowMs;
      this.last = new Date(nowMs).toISOString();
    }
    return this.last;
  }
}
