import { type Instant } from '@landlord/kernel/pure';
import { changeData, type LifecycleEvent } from './subscription.event.js';
import { type PlanVersionChange, type ScheduledChange, type Subscription } from './subscription.js';

/** A migration that waits, or that would if nothing had been chosen in its place. */
export function migrationIn(change: ScheduledChange | null): PlanVersionChange | null {
  return change?.kind === 'plan' ? (change.instead ?? null) : change;
}

interface Left {
  readonly scheduledChange: PlanVersionChange | null;
  readonly events: readonly LifecycleEvent[];
}

/**
 * What waits on when a change that was chosen is gone: the migration in whose place it stood, told anew. Nobody takes
 * that back but who scheduled it.
 */
export function leftWithout(
  change: ScheduledChange | null,
  { planVersion }: Pick<Subscription, 'planVersion'>,
  { now, effectiveAt }: { now: Instant; effectiveAt: Instant | null },
): Left {
  const migration = change?.kind === 'plan' ? migrationIn(change) : null;
  if (!migration || migration.planVersion <= planVersion) return { scheduledChange: null, events: [] };
  const data = { change: changeData(migration), effectiveAt, superseded: null };
  return {
    scheduledChange: migration,
    events: [{ name: 'subscription.change_scheduled', effectiveAt: now, data }],
  };
}
