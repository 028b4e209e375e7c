import { createServer } from 'node:net';

/**
 * Below the ports that systems give to outgoing connections (from 32768 on Linux): while the server
 * restarts, no client may take its port, nor connect to itself.
 */
const FIRST_PORT = 20_000;
const PORTS = 10_000;
const MAX_TRIES = 20;

/** A port of 127.0.0.1 that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    if ((await listenOnce(port)) !== undefined) return port;
  }
  return (await listenOnce(0)) ?? FIRST_PORT;
}

/** The port, where 0 asks the system for one; undefined when it is taken. */
function listenOnce(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : undefined;
      server.close(() => resolve(bound));
    });
  });
}
