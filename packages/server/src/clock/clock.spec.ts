import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FakeStore } from '../testing/fake-store.js';
import { TestServer } from '../testing/test-server.js';
import { TestClock } from './test-clock.js';

const JANUARY = '2024-01-01T00:00:00.000Z';
const FEBRUARY = '2024-02-01T00:00:00.000Z';
const ORIGIN = { userId: 'operator', requestId: 'r', source: 'test', ip: null };

describe('a test clock', () => {
  it('begins where it is told, stands still, and goes on after a restart', async () => {
    const store = new FakeStore();
    const clock = await TestClock.open(store, JANUARY);
    expect(clock.now()).toBe(JANUARY);
    await clock.moveTo(FEBRUARY, ORIGIN);
    await clock.moveTo(FEBRUARY, ORIGIN);
    expect(clock.now()).toBe(FEBRUARY);
    expect((await TestClock.open(store, JANUARY)).now()).toBe(FEBRUARY);
  });

  it('never goes backward, and stays when it could not be kept', async () => {
    const store = new FakeStore();
    const clock = await TestClock.open(store, FEBRUARY);
    await expect(clock.moveTo(JANUARY, ORIGIN)).rejects.toMatchObject({
      code: 'invalid_transition',
      facts: { now: FEBRUARY, requested: JANUARY },
    });
    store.isDown = true;
    await expect(clock.moveTo('2024-03-01T00:00:00.000Z', ORIGIN)).rejects.toMatchObject({
      code: 'unavailable',
    });
    expect(clock.now()).toBe(FEBRUARY);
  });
});

describe('/clock', () => {
  let server: TestServer;
  let operator = '';
  const put = (now: unknown, token = operator) =>
    server.call('/clock', { method: 'PUT', token, json: { now } });

  beforeAll(async () => {
    server = await TestServer.start({ LANDLORD_CLOCK: 'test', LANDLORD_CLOCK_START: JANUARY });
    operator = await server.token(['system_admin']);
  });
  afterAll(() => server.stop());

  it('is for operators', async () => {
    const admin = await server.token(['admin'], 'acme');
    expect((await server.call('/clock')).status).toBe(401);
    expect((await server.call('/clock', { token: admin })).status).toBe(403);
    expect((await put(FEBRUARY, admin)).status).toBe(403);
    expect((await server.call('/clock', { token: operator })).body).toEqual({ now: JANUARY });
  });

  it('moves, also when moved by several at once, and only forward', async () => {
    const days = ['2024-01-02', '2024-01-03', '2024-01-04'].map((day) => `${day}T00:00:00.000Z`);
    const answers = await Promise.all(days.map((day) => put(day)));
    expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true);
    expect((await put('2024-02-01T01:00:00+01:00')).body).toEqual({ now: FEBRUARY });
    expect((await put(JANUARY)).body).toMatchObject({
      status: 409,
      code: 'invalid_transition',
      now: FEBRUARY,
    });
    expect((await put('soon')).body).toMatchObject({ status: 400, errors: [{ path: 'now' }] });
  });

  it('is documented only where it is', async () => {
    const without = await TestServer.start();
    try {
      const paths = async (of: TestServer) =>
        Object.keys((await of.call('/openapi.json')).body.paths as object);
      expect(await paths(server)).toContain('/clock');
      expect(await paths(without)).not.toContain('/clock');
    } finally {
      await without.stop();
    }
  });
});
