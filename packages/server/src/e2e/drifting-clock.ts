import { readFileSync } from 'node:fs';
import { type Clock } from '@landlord/kernel';

const POLL_MS = 10;

/** Where all clocks stand at a moment of the machine. */
interface ClockSetting {
  readonly instantMs: number;
  readonly setAtMs: number;
}

/**
 * Runs as the machine's clock does, from where a file says. Processes take a change over within some milliseconds of
 * each other, as real clocks disagree.
 */
export class DriftingClock implements Clock {
  private offsetMs: number;

  constructor(private readonly file: string) {
    this.offsetMs = this.read() ?? 0;
    setInterval(() => {
      this.offsetMs = this.read() ?? this.offsetMs;
    }, POLL_MS).unref();
  }

  now(): string {
    return new Date(Date.now() + this.offsetMs).toISOString();
  }

  /** Null while the file is being written. */
  private read(): number | null {
    try {
      const { instantMs, setAtMs } = JSON.parse(readFileSync(this.file, 'utf8')) as ClockSetting;
      return instantMs - setAtMs;
    } catch {
      return null;
    }
  }
}
