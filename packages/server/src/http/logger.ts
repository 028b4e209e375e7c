import { type LoggerService } from '@nestjs/common';
import { destination, type Logger, pino } from 'pino';
import { type LogLevel } from '../config.js';

const STDERR = 2;
const SECRETS = ['authorization', 'x-api-key', 'cookie', 'set-cookie', 'idempotency-key'];

/** Lines are written together, so many bytes or after so long. */
const GATHERED_BYTES = 8_192;
const FLUSH_MS = 100;

/** JSON lines on standard error. */
export function createLogger(level: LogLevel): Logger {
  const stream = destination({ fd: STDERR, sync: false, minLength: GATHERED_BYTES, periodicFlush: FLUSH_MS });
  // Nobody reads standard error any more: that must not end the server.
  stream.on('error', () => undefined);
  const paths = SECRETS.flatMap((name) => [`headers["${name}"]`, `*.headers["${name}"]`]);
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, redact: paths }, stream);
}

/** NestJS's own messages in the same log; its chatter at the start only at debug level. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown): void {
    this.logger.debug({ from: 'nest' }, String(message));
  }

  error(message: unknown, ...details: unknown[]): void {
    const stack = details.find((detail) => typeof detail === 'string' && detail.includes('\n    at '));
    this.logger.error({ from: 'nest', stack }, String(message));
  }

  warn(message: unknown): void {
    this.logger.warn({ from: 'nest' }, String(message));
  }

  debug(message: unknown): void {
    this.logger.debug({ from: 'nest' }, String(message));
  }

  verbose(message: unknown): void {
    this.logger.trace({ from: 'nest' }, String(message));
  }

  fatal(message: unknown): void {
    this.logger.fatal({ from: 'nest' }, String(message));
  }
}
