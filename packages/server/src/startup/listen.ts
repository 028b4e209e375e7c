import { type AddressInfo } from 'node:net';
import { type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type ServerConfig } from '../config.js';
import { StartupError } from './startup-error.js';

/** How long requests in flight may take when the server stops. */
const FINISH_TIMEOUT_MS = 10_000;
const IDLE_SWEEP_MS = 50;

export interface Listening {
  readonly url: string;
  /** Takes no new connections; resolves when requests in flight are answered, or cut off after 10 s. */
  readonly finish: () => Promise<void>;
}

/** Throws `StartupError` when the address cannot be had. */
export async function listen(app: NestFastifyApplication, { host, port }: ServerConfig): Promise<Listening> {
  const fastify = app.getHttpAdapter().getInstance();
  try {
    // Not by the application, which would log a failure that is told in better words at the end.
    await fastify.listen({ port, host });
  } catch (error) {
    throw listenError(error, { host, port });
  }
  const { server } = fastify;
  return {
    url: urlOf(server.address() as AddressInfo, host),
    finish: () => finishRequests(server),
  };
}

type HttpServer = ReturnType<NestFastifyApplication['getHttpServer']>;

async function finishRequests(server: HttpServer): Promise<void> {
  // A kept-alive connection that was busy when the server closed becomes idle later, and would stay.
  const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS);
  const cutOff = setTimeout(() => server.closeAllConnections(), FINISH_TIMEOUT_MS);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  clearInterval(sweep);
  clearTimeout(cutOff);
}

function urlOf({ port }: AddressInfo, host: string): string {
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`;
}

function listenError(error: unknown, { host, port }: { host: string; port: number }): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE')
    return new StartupError(
      `Port ${port} of ${host} is taken by another program. Choose another: PORT=${port === 65_535 ? port - 1 : port + 1} npm start (PORT=0 takes any free one).`,
      error,
    );
  if (code === 'EACCES')
    return new StartupError(
      `This user may not listen on port ${port}. Choose one from 1024 on: PORT=3000 npm start.`,
      error,
    );
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new StartupError(
      `${host} is no address of this machine. Set HOST to one, such as 127.0.0.1 or 0.0.0.0.`,
      error,
    );
  return error;
}
