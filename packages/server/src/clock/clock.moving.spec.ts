import { Injectable, Module } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type DueRange, type DueRunner } from '../due/due-work.js';
import { TestServer } from '../testing/test-server.js';
import { ClockService } from './clock.service.js';

const START = '2024-01-01T00:00:00.000Z';
const day = (number: number) => `2024-01-${String(number).padStart(2, '0')}T00:00:00.000Z`;

/** Things that fall due, each of which may bring another. */
class Diary implements DueRunner {
  due: string[] = [];
  /** What was done, at which instant of the clock. */
  readonly done: [string, string][] = [];
  readonly brings = new Map<string, string>();
  readonly stuck = new Set<string>();
  now: () => string = () => '';

  async runDue(until: string, { onFailure }: Parameters<DueRunner['runDue']>[1] = {}): Promise<void> {
    for (const each of this.due.filter((at) => at <= until)) {
      if (this.stuck.has(each)) {
        onFailure?.(`${each} is stuck`, new Error('stuck'));
        continue;
      }
      this.done.push([each, this.now()]);
      this.due = this.due.filter((at) => at !== each);
      const next = this.brings.get(each);
      if (next) this.due.push(next);
    }
  }

  async nextDue({ after, until }: DueRange): Promise<string | null> {
    return this.due.filter((at) => at > (after ?? '') && at <= until).toSorted()[0] ?? null;
  }
}

@Injectable()
class FirstDiary extends Diary {}

@Injectable()
class SecondDiary extends Diary {}

@Module({ providers: [FirstDiary, SecondDiary] })
class DiaryModule {}

describe('moving a test clock', () => {
  let server: TestServer;
  let first: FirstDiary;
  let second: SecondDiary;
  let operator: string;
  const put = (now: string) => server.call('/clock', { method: 'PUT', token: operator, json: { now } });

  beforeEach(async () => {
    const env = { LANDLORD_CLOCK: 'test', LANDLORD_CLOCK_START: START };
    const dueRunners = [FirstDiary, SecondDiary];
    server = await TestServer.start(env, { modules: [DiaryModule], dueRunners });
    const { app } = server.server;
    [first, second] = [app.get(FirstDiary), app.get(SecondDiary)];
    for (const diary of [first, second]) diary.now = () => app.get(ClockService).now();
    operator = await server.token(['system_admin']);
  });
  afterEach(() => server.stop());

  it('stops at each instant at which something falls due, in the order of time, over all that runs', async () => {
    first.due = [day(9), day(3)];
    second.due = [day(5), day(20), day(40)];
    second.brings.set(day(5), day(7)).set(day(7), day(8));
    expect((await put(day(20))).body).toEqual({ now: day(20) });
    expect(first.done).toEqual([day(3), day(9)].map((at) => [at, at]));
    expect(second.done).toEqual([day(5), day(7), day(8), day(20)].map((at) => [at, at]));
    expect(second.due).toEqual([day(40)]);
  });

  it('does what is overdue before it moves', async () => {
    await put(day(10));
    first.due = [day(2)];
    await put(day(11));
    expect(first.done).toEqual([[day(2), day(10)]]);
  });

  it('goes on where something is stuck, and tells of it', async () => {
    first.due = [day(3), day(4)];
    first.stuck.add(day(3));
    expect((await put(day(5))).body).toEqual({ now: day(5) });
    expect(first.done).toEqual([[day(4), day(4)]]);
    expect(server.log.some((line) => line.includes(`${day(3)} is stuck`))).toBe(true);
  });

  it('does nothing when it is asked to go back', async () => {
    await put(day(10));
    first.due = [day(2), day(12)];
    expect((await put(day(9))).status).toBe(409);
    expect(first.done).toEqual([]);
  });
});
