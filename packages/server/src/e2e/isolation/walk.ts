import { type Attack, attacksAt } from './attack.js';
import { type WalkedOperation } from './document.js';
import { type Loot, lootOf } from './loot.js';
import { newMarker } from './marker.js';
import { type Attacker, Mirror } from './mirror.js';
import { claimsName, isDeclared, placeName, placesOf } from './place.js';
import { inOrder, KNOCKERS, type Station, sharesOf } from './plan.js';
import { WalkReport } from './report.js';
import { type Settled, settle, settleSystem } from './settle.js';
import { changesBetween, controlReadings, snapshotOf } from './snapshot.js';
import { World } from './world.js';

export interface WalkOptions {
  readonly url: string;
  readonly dataDir: string;
  /** How many attempts at least, as far as there is so much to try. */
  readonly attempts: number;
  /** How many pairs of attackers work at the same time. */
  readonly pairs?: number;
  /** Default: every operation of the document. */
  readonly only?: (operation: WalkedOperation) => boolean;
}

const PAIRS = 4;
/** At one place; the likely ones come first. */
const ATTACKS_LIMIT = 500;

/**
 * Walks every operation of a running server as every kind of caller, with everything that another tenant has.
 * The attackers settle before there is a victim, so that what they then see for the first time is the victim's.
 */
export async function walkIsolation(options: WalkOptions): Promise<WalkReport> {
  const startedAt = performance.now();
  const report = new WalkReport();
  const world = await World.open(options);
  try {
    await settleSystem(world);
    const pairs = await settlePairs(world, options.pairs ?? PAIRS, report);
    const victim = await settle(world, newMarker('victim'));
    const known = pairs.flat().map(({ explorer }) => explorer.harvest);
    const loot = lootOf(world, victim, known);
    const before = await snapshotOf(world, victim);
    report.controlReadings = controlReadings(before, loot.marker);
    report.settlingSeconds = (performance.now() - startedAt) / 1000;
    await walk({ world, loot, report, pairs }, options);
    const after = await snapshotOf(world, victim);
    for (const detail of changesBetween(before, after)) {
      report.find({ kind: 'change', operation: 'snapshot', knocker: 'everybody', place: 'state', detail });
    }
  } finally {
    world.close();
  }
  report.seconds = (performance.now() - startedAt) / 1000;
  return report;
}

type Pair = readonly [Attacker, Attacker];
type AttackerKind = 'attacker' | 'mirror';

async function settlePairs(world: World, count: number, report: WalkReport): Promise<Pair[]> {
  const attackers = (kind: AttackerKind) =>
    Promise.all(Array.from({ length: count }, () => attacker(world, kind)));
  const [askers, controls] = await Promise.all([attackers('attacker'), attackers('mirror')]);
  for (const { explorer } of [...askers, ...controls]) reportUnlike(report, askers[0], explorer.log);
  return askers.flatMap((asker, index) => {
    const control = controls[index];
    return control ? [[asker, control] as const] : [];
  });
}

/** Attackers must be alike, or comparing them would mean nothing. */
function reportUnlike(report: WalkReport, first: Settled | undefined, log: readonly string[]): void {
  const expected = first?.explorer.log ?? [];
  const at = log.findIndex((line, index) => line !== expected[index]);
  if (at === -1 && log.length === expected.length) return;
  const detail = `${expected[at]} <> ${log[at]}`;
  report.find({ kind: 'difference', operation: 'settling', knocker: 'admin', place: 'state', detail });
}

async function attacker(world: World, kind: AttackerKind): Promise<Attacker> {
  const settled = await settle(world, newMarker(kind));
  const { code } = settled;
  const [admin, billing, member, tenantless] = await Promise.all([
    world.token('admin', code),
    world.token('billing', code),
    world.token('member', code),
    world.token('admin', null),
  ]);
  return { ...settled, tokens: { admin, billing, member, tenantless, anonymous: null } };
}

interface WalkParts {
  readonly world: World;
  readonly loot: Loot;
  readonly report: WalkReport;
  readonly pairs: readonly Pair[];
}

async function walk(parts: WalkParts, { attempts, only = () => true }: WalkOptions): Promise<void> {
  const { world, loot, report, pairs } = parts;
  const [[first] = []] = pairs;
  if (!first) throw new Error('there is no attacker');
  const operations = world.document.operations.filter(only);
  const stations = inOrder(
    operations.flatMap((operation) => stationsOf(world, operation, { attacker: first, loot })),
  );
  const shares = sharesOf(stations, attempts);
  noteExercised(report, operations, first);
  await Promise.all(
    pairs.map(async ([asker, control], index) => {
      const mirror = new Mirror(asker, control, { world, loot, report, ghost: newMarker('victim') });
      for (const [number, station] of stations.entries()) {
        if (number % pairs.length === index) await mirror.visit(station, shares[number] ?? 0);
      }
    }),
  );
}

/** An operation that nobody can call with success is walked only up to its first check. */
function noteExercised(
  report: WalkReport,
  operations: readonly WalkedOperation[],
  { explorer: { changes, readings } }: Settled,
): void {
  const callable = operations.filter(({ roles }) => roles.includes('admin'));
  report.unexercised = callable.map(({ id }) => id).filter((id) => !changes.has(id) && !readings.has(id));
  report.exercisedShare = 1 - report.unexercised.length / callable.length;
}

function stationsOf(
  world: World,
  operation: WalkedOperation,
  { attacker, loot }: { attacker: Attacker; loot: Loot },
): Station<Attack>[] {
  const base = attacker.explorer.base(operation);
  return placesOf(operation, base).flatMap((place) => {
    const probe = { ...base, headers: { authorization: 'Bearer x' } };
    const isExclusive = claimsName(world.document, operation, place);
    const attacks = attacksAt({ operation, place, isExclusive }, loot)
      .slice(0, ATTACKS_LIMIT)
      .filter((attack) => attack.apply(probe) !== null);
    const station = {
      operation,
      place: placeName(place),
      isDeclared: isDeclared(operation, place),
      claimsName: isExclusive,
      attacks,
    };
    return KNOCKERS.map((knocker) => ({ ...station, knocker }));
  });
}
