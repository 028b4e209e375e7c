import {
  CLOCK,
  type Clock,
  type Item,
  type MeterOutcome,
  type Page,
  refusalError,
  STORE,
  type Store,
  SYSTEM_SCOPE,
  systemContext,
  tenantPk,
  tenantScope,
} from '@landlord/kernel';
import { type Instant } from '@landlord/kernel/pure';
import { Inject, Injectable } from '@nestjs/common';
import { MeteringService } from '../usage/usage.metering.service.js';
import { UsageSubjectService } from '../usage/usage-subject.service.js';
import { endReservationCommand, RESERVATION_TYPE, reservationFromItem } from './reservation.item.js';
import { decide, type ReservationEnding, statusAt } from './reservation.js';
import { holdOf, poolsOf } from './reservation.rules.js';

const PAGE_SIZE = 100;
/** Of due reservations that one admission looks through for those of its pool. */
const PAGES_LIMIT = 100;
/** Worked on at the same time. */
const LANES = 8;
/** How often an admission is tried again because some hold made way. */
const ROUNDS_LIMIT = 5;
const SOURCE = { requestId: 'expiry', source: 'scheduler' };

interface DueOptions {
  readonly onFailure?: (message: string, error: unknown) => void;
  readonly signal?: AbortSignal;
}

/** Gives back what was held too long. Several processes may run it at once: each reservation ends once. */
@Injectable()
export class ReservationExpiry {
  constructor(
    @Inject(STORE) private readonly store: Store,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly metering: MeteringService,
    private readonly subjects: UsageSubjectService,
  ) {}

  /** Everything that has outlasted its time by `until`; one that fails holds up no other. */
  async runDue(until: Instant, { onFailure, signal }: DueOptions = {}): Promise<{ expired: number }> {
    let expired = 0;
    const expire = async (item: Item) => {
      try {
        if (await this.end(item, { kind: 'expire' }, until)) expired += 1;
      } catch (error) {
        onFailure?.(`reservation ${item.code} of ${item.tenantCode} could not be given back`, error);
      }
    };
    let cursor: string | null = null;
    do {
      const page = await this.duePage(until, cursor);
      for (let from = 0; from < page.items.length && !signal?.aborted; from += LANES)
        await Promise.all(page.items.slice(from, from + LANES).map(expire));
      cursor = page.nextCursor;
    } while (cursor !== null && !signal?.aborted);
    return { expired };
  }

  /** The first instant after `after` (null: ever) and at most `until` at which one expires; null without one. */
  async nextDue({ after, until }: { after: Instant | null; until: Instant }): Promise<Instant | null> {
    let cursor: string | null = null;
    for (let pages = 0; pages < PAGES_LIMIT; pages += 1) {
      const page: Page<Item> = await this.duePage(until, cursor);
      const next = page.items.find(({ dueAt }) => (dueAt ?? '') > (after ?? ''));
      cursor = page.nextCursor;
      if (next || cursor === null) return next?.dueAt ?? null;
    }
    return null;
  }

  /** An admission that something held stands against is tried again when what is expired of it has made way. */
  async makingWay<T extends MeterOutcome>(tenantCode: string, attempt: () => Promise<T>): Promise<T> {
    let outcome = await attempt();
    for (let round = 1; round <= ROUNDS_LIMIT; round += 1) {
      if (outcome.status !== 'not_admitted' || !outcome.isHeld) return outcome;
      const found = await this.releaseExpired(tenantCode);
      // Somebody else may have ended one between the refusal and the look, so there is one more try in any case.
      if (found === 0 && round > 1) return outcome;
      outcome = await attempt();
    }
    return outcome;
  }

  /** Ends what is expired in the pool that the tenant uses; how many there were. */
  async releaseExpired(tenantCode: string): Promise<number> {
    const { pooledWith } = await this.subjects.known(tenantCode);
    const subscriber = pooledWith.at(-1) ?? tenantCode;
    const now = this.clock.now();
    let found = 0;
    let cursor: string | null = null;
    for (let pages = 0; pages < PAGES_LIMIT; pages += 1) {
      const page: Page<Item> = await this.duePage(now, cursor);
      for (const item of page.items) {
        if ((reservationFromItem(item).pooledWith.at(-1) ?? item.tenantCode) !== subscriber) continue;
        await this.end(item, { kind: 'expire' }, now);
        found += 1;
      }
      cursor = page.nextCursor;
      if (cursor === null) break;
    }
    return found;
  }

  /** Of a tenant that is closed. */
  async releaseAll(tenantCode: string): Promise<void> {
    const query = { pk: tenantPk(tenantCode), sk: { beginsWith: `${RESERVATION_TYPE}#` }, limit: PAGE_SIZE };
    let cursor: string | null = null;
    do {
      const place: { cursor?: string } = cursor === null ? {} : { cursor };
      const page: Page<Item> = await this.store.query(tenantScope(tenantCode), { ...query, ...place });
      for (const item of page.items) {
        const now = this.clock.now();
        const isExpired = statusAt(reservationFromItem(item), now) === 'expired';
        await this.end(item, { kind: isExpired ? 'expire' : 'release' }, now);
      }
      cursor = page.nextCursor;
    } while (cursor !== null);
  }

  /** False when somebody else has ended it. */
  private async end(item: Item, ending: ReservationEnding, now: Instant): Promise<boolean> {
    const reservation = reservationFromItem(item);
    const decision = decide(reservation, ending, now);
    if (decision.status !== 'ended') return false;
    const outcome = await this.metering.submit(systemContext(item.tenantCode, SOURCE), {
      tenantCode: item.tenantCode,
      weight: 1,
      respond: () => null,
      demandOf: (subject) => ({
        events: [],
        admission: null,
        holds: [holdOf(reservation, -1)],
        commands: [endReservationCommand(item, decision.reservation)],
        pooledWith: poolsOf(reservation, subject),
      }),
    });
    if (outcome.status === 'accepted') return true;
    if (outcome.status !== 'failed') throw new Error(`giving back was ${outcome.status}`);
    if (outcome.refusal.reason !== 'version_conflict') throw refusalError(outcome.refusal);
    return false;
  }

  private duePage(until: Instant, cursor: string | null): Promise<Page<Item>> {
    const place = cursor === null ? {} : { cursor };
    return this.store.dueItems(SYSTEM_SCOPE, { type: RESERVATION_TYPE, until, limit: PAGE_SIZE, ...place });
  }
}
