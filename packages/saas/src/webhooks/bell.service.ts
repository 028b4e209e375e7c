import { Injectable } from '@nestjs/common';

/** Tells whoever sends that there is something to send now, in this process; others find it when they look. */
@Injectable()
export class WebhookBell {
  private readonly listeners = new Set<() => void>();
  private hasRung = false;

  ring(): void {
    this.hasRung = true;
    for (const listener of this.listeners) listener();
  }

  /** Resolves when it rings, or rang since this was last asked; after `timeoutMs` at the latest, or when aborted. */
  heard(timeoutMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.listeners.delete(done);
        this.hasRung = false;
        resolve();
      };
      const timer = setTimeout(done, this.hasRung || signal.aborted ? 0 : timeoutMs);
      signal.addEventListener('abort', done);
      this.listeners.add(done);
    });
  }
}
