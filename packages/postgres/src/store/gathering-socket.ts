import { Socket } from 'node:net';

type Written = (error?: Error | null) => void;

/** Sends what is written in one turn of the event loop together: a pipelined transaction is one packet, not ten. */
export function gatheringSocket(): Socket {
  const socket = new Socket();
  // Connecting gives a socket its usual way to write.
  socket.once('connect', () => gatherWrites(socket));
  return socket;
}

function gatherWrites(socket: Socket): void {
  const write = socket.write.bind(socket);
  let isGathering = false;
  socket.write = (chunk: string | Uint8Array, encoding?: BufferEncoding | Written, written?: Written) => {
    if (!isGathering) {
      isGathering = true;
      socket.cork();
      process.nextTick(() => {
        isGathering = false;
        socket.uncork();
      });
    }
    return write(chunk, encoding as BufferEncoding, written);
  };
}
