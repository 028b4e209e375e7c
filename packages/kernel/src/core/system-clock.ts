import { type Clock } from '../pure/clock.js';

export class SystemClock implements Clock {
  now(): string {
    return new Date().toISOString();
  }
}
