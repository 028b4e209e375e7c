import { isDeepStrictEqual } from 'node:util';
import { type Instant } from '@landlord/kernel';
import { type Ask, asked, migrated, type Outcome } from './asks.fixture.js';
import { allDue, oneDue } from './time.fixture.js';
import { beginningOf, isLive, planOf, type Standing, type World } from './world.fixture.js';

/** What can be read: all of the world but its past. */
export type Seen = Pick<World, 'standing' | 'projects' | 'plans'>;

/** Something that one of the processes is told to do. */
export type Step =
  | { readonly do: 'ask'; readonly ask: Ask; readonly ifMatch: number | null }
  | { readonly do: 'schedule' }
  | { readonly do: 'offer'; readonly plan: string; readonly isRetired: boolean }
  | { readonly do: 'addVersion'; readonly plan: string }
  | { readonly do: 'migrate'; readonly plan: string; readonly when: 'now' | 'renewal' }
  | { readonly do: 'use'; readonly projects: number }
  | { readonly do: 'consume'; readonly projects: number };

/** What a process answered: the subscription, where it was asked of it, or the code of a refusal. */
export type Answer = { readonly standing: Standing | null } | { readonly refused: string };

export function played(world: World, step: Step): Outcome {
  switch (step.do) {
    case 'ask':
      return asked(world, step.ask, step.ifMatch);
    case 'schedule':
      return { world: allDue(world) };
    case 'offer':
      return { world: withPlan(world, step.plan, { isRetired: step.isRetired }) };
    case 'addVersion':
      return { world: withPlan(world, step.plan, { versions: planOf(world, step.plan).versions + 1 }) };
    case 'migrate':
      return { world: migrated(world, step.plan, step.when) };
    case 'use':
      return { world: { ...world, projects: step.projects } };
    case 'consume':
      return consumed(world, step.projects);
  }
}

/** Rests on the subscription as it is written down, whatever is due. */
function consumed(world: World, quantity: number): Outcome {
  const { standing } = world;
  if (!isLive(standing) || standing.pause) return { refused: 'forbidden', world };
  const { projects: limit } = planOf(world, standing.planCode);
  const projects = world.projects + quantity;
  if (limit !== null && projects > limit) return { refused: 'quota_exceeded', world };
  return { world: { ...world, projects } };
}

function withPlan(world: World, code: string, change: object): World {
  return { ...world, plans: { ...world.plans, [code]: { ...planOf(world, code), ...change } } };
}

/** Later by that long, or around the end of the current period. */
export type Pause = { readonly hours: number } | { readonly msFromEnd: number };

export function waited(world: World, pause: Pause): World {
  const { now, standing } = world;
  const end = Date.parse(beginningOf(world, standing.currentPeriod.to));
  const ms = 'hours' in pause ? Date.parse(now) + pause.hours * 3_600_000 : end + pause.msFromEnd;
  const later: Instant = new Date(Math.max(ms, Date.parse(now))).toISOString();
  return { ...world, now: later };
}

/** Whether the world explains what a process answered. */
function explains({ world, ...outcome }: Outcome, answer: Answer): boolean {
  if ('refused' in answer) return 'refused' in outcome && outcome.refused === answer.refused;
  if ('refused' in outcome) return false;
  return answer.standing === null || isDeepStrictEqual(world.standing, answer.standing);
}

export function seenIn({ standing, projects, plans }: World): Seen {
  return { standing, projects, plans };
}

interface Played {
  readonly step: Step;
  readonly answer: Answer;
}

/**
 * The world after steps that ran at the same time: one that some order of them leads to, in which each gets the answer
 * that it got, and everything is as it is. What is due may be done at any time. Null when there is no such order.
 */
export function explained(before: World, steps: readonly Played[], is: Seen): World | null {
  const failed = new Set<string>();
  const search = (world: World, left: readonly Played[]): World | null => {
    if (left.length === 0 && isDeepStrictEqual(seenIn(world), is)) return world;
    const key = JSON.stringify([
      world.standing,
      world.plans,
      world.projects,
      left.map(({ step }) => steps.findIndex((each) => each.step === step)),
    ]);
    if (failed.has(key)) return null;
    for (const each of left) {
      const outcome = played(world, each.step);
      if (!explains(outcome, each.answer)) continue;
      // Who is refused because another was first may not have done what was due.
      const after = 'refused' in outcome ? world : outcome.world;
      const others = left.filter((other) => other !== each);
      const found = search(after, others);
      if (found) return found;
    }
    const due = oneDue(world);
    const found = due && search(due, left);
    if (!found) failed.add(key);
    return found;
  };
  return search(before, steps);
}
