import { type Answer, type Api } from './api.js';

/** A tenant to be, and what each of the requests for it was answered in the end. */
export interface Order {
  readonly slug: string;
  /** Null: sent without, so that a repetition after a lost answer meets what is there already. */
  readonly key: string | null;
  /** How many requests for it are sent at the same time. */
  readonly copies: number;
  readonly answers: Answer[];
}

const LANES = 48;
const PATIENCE_MS = 120_000;
const PAUSE_MS = 25;

/** Every second tenant is ordered twice under one key; of the others every second has no key. */
export function ordersOf(count: number): Order[] {
  return Array.from({ length: count }, (_, index) => ({
    slug: `tenant-${String(index).padStart(4, '0')}`,
    key: index % 4 === 3 ? null : `order-${index}`,
    copies: index % 2 === 0 ? 2 : 1,
    answers: [],
  }));
}

export function orderBody({ slug }: Order) {
  return {
    companySlug: slug,
    companyName: `Company ${slug}`,
    planCode: 'starter',
    timezone: 'Asia/Tokyo',
    adminEmail: `admin@${slug}.example`,
  };
}

/** Sends all orders, many at a time, each until it is answered. `api` is that of the server which runs now. */
export async function provisionAll(orders: readonly Order[], api: () => Api): Promise<void> {
  const waiting = orders.flatMap((order) => Array.from({ length: order.copies }, () => order));
  const lane = async () => {
    for (let order = waiting.shift(); order; order = waiting.shift()) {
      order.answers.push(await untilAnswered(() => send(api(), order)));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

export function send(api: Api, order: Order): Promise<Answer> {
  const headers = order.key === null ? {} : { 'idempotency-key': order.key };
  return api.post('/tenants/provision', orderBody(order), { headers });
}

/** A refused or lost connection and 503 are no answers. */
export async function untilAnswered(ask: () => Promise<Answer>): Promise<Answer> {
  const deadline = Date.now() + PATIENCE_MS;
  while (Date.now() < deadline) {
    const answer = await ask().catch(() => null);
    if (answer && answer.status !== 503) return answer;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  throw new Error(`no answer within ${PATIENCE_MS / 1000} s`);
}
