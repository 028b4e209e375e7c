import { Socket } from 'node:net';

type Written = (error?: Error | null) => void;

/** Sends what is written in one turn of the event loop together: a pipelined transaction is one packet, not ten. */
export class GatheringSocket extends Socket {
  private isGathering = false;

  override write(
    chunk: string | Uint8Array,
    encoding?: BufferEncoding | Written,
    written?: Written,
  ): boolean {
    this.gather();
    return super.write(chunk, encoding as BufferEncoding, written);
  }

  private gather(): void {
    if (this.isGathering) return;
    this.isGathering = true;
    this.cork();
    process.nextTick(() => {
      this.isGathering = false;
      this.uncork();
    });
  }
}
