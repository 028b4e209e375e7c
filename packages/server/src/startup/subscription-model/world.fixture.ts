import {
  type BillingCycle,
  type Instant,
  type LocalDate,
  localDateOf,
  startOfLocalDay,
  type TimeZone,
} from '@landlord/kernel';

/** What is remembered of a plan. All its versions allow and cost the same. */
export interface PlanOffer {
  readonly versions: number;
  readonly isRetired: boolean;
  /** Projects it allows; null is any number. */
  readonly projects: number | null;
  readonly monthlyPrice: number;
  readonly yearlyPrice: number;
}

export interface Terms {
  readonly planCode: string;
  readonly planVersion: number;
  readonly billingCycle: BillingCycle;
  readonly quantity: number;
}

interface Requested {
  readonly requestedAt: Instant;
  readonly requestedBy: string;
}
export type Migration = Requested & {
  readonly kind: 'plan_version';
  readonly effective: 'renewal';
  readonly planVersion: number;
};
/** `instead`: the migration in whose place it stands. */
export type Waiting =
  | Migration
  | (Requested & {
      readonly kind: 'plan';
      readonly effective: 'period_end';
      readonly instead?: Migration;
    } & Terms);

/** What is left to wait when a change that was chosen goes. */
export function migrationBehind(waiting: Waiting | null, planVersion: number): Migration | null {
  const migration = waiting?.kind === 'plan' ? waiting.instead : undefined;
  return migration && migration.planVersion > planVersion ? migration : null;
}

export interface Paused {
  readonly mode: 'freeze' | 'run';
  readonly since: LocalDate;
  readonly resumesOn: LocalDate | null;
  readonly reason: string | null;
}

/** What `GET /subscription` says, but for who wrote it and the words of reasons. */
export interface Standing extends Terms {
  readonly code: string;
  readonly version: number;
  readonly status: 'trial' | 'active' | 'past_due' | 'cancelled' | 'expired';
  readonly startDate: LocalDate;
  readonly anchor: LocalDate;
  readonly endDate: LocalDate | null;
  readonly currentPeriod: { readonly from: LocalDate; readonly to: LocalDate };
  readonly frozenDays: number;
  readonly pause: Paused | null;
  readonly autoRenew: boolean;
  readonly paymentMethodId: string | null;
  readonly trialEndsAt: Instant | null;
  readonly trialNotice: number | null;
  readonly cancelAt: Instant | null;
  readonly cancelReason: string | null;
  readonly scheduledChange: Waiting | null;
  readonly droppedChange: { readonly change: Waiting; readonly droppedAt: Instant } | null;
}

/** All that matters to one tenant's subscription. */
export interface World {
  readonly now: Instant;
  readonly zone: TimeZone;
  readonly plans: Readonly<Record<string, PlanOffer>>;
  readonly projects: number;
  readonly standing: Standing;
  /** `SUB-001.2.0 renewed 2024-02-29T00:00:00.000Z`, in order. */
  readonly events: readonly string[];
}

export type Told = readonly [name: string, at: Instant];

export function isLive({ status }: Standing): boolean {
  return status !== 'cancelled' && status !== 'expired';
}

export function today({ now, zone }: World): LocalDate {
  return localDateOf(now, zone);
}

export function beginningOf({ zone }: World, day: LocalDate): Instant {
  return startOfLocalDay(day, zone);
}

export function planOf({ plans }: World, code: string): PlanOffer {
  const plan = plans[code];
  if (!plan) throw new Error(`there is no plan ${code}`);
  return plan;
}

/** Whether more is in use than `to` allows, where it allows less than `from`. */
export function isTooSmall(world: World, from: string, to: string): boolean {
  const [before, after] = [planOf(world, from).projects, planOf(world, to).projects];
  const isLower = after !== null && (before === null || after < before);
  return isLower && world.projects > after;
}

/** The next version of the subscription, with what is told of it; the same world where nothing would change. */
export function changed(world: World, change: Partial<Standing>, ...told: readonly Told[]): World {
  const before = world.standing;
  const version = before.version + 1;
  const standing = { ...before, ...change };
  if (JSON.stringify(standing) === JSON.stringify(before)) return world;
  const events = told.map(([name, at], index) => `${before.code}.${version}.${index} ${name} ${at}`);
  return { ...world, standing: { ...standing, version }, events: [...world.events, ...events] };
}
