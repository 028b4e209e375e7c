import { type Attack } from './attack.js';
import { comparable } from './comparison.js';
import { type WalkedOperation } from './document.js';
import { type Draft, sentText, wireRequest } from './draft.js';
import { LeakDetector } from './leak.js';
import { type Loot } from './loot.js';
import { type Knocker, type Station } from './plan.js';
import { type WalkReport } from './report.js';
import { type Settled } from './settle.js';
import { Twin } from './twin.js';
import { PREFIX_LENGTH } from './variation.js';
import { type WireAnswer, type WireRequest } from './wire.js';
import { succeeded, type World } from './world.js';

/** An attacker: a tenant and those who knock from it. */
export interface Attacker extends Settled {
  readonly tokens: Readonly<Record<Knocker, string | null>>;
}

export interface MirrorParts {
  readonly world: World;
  readonly loot: Loot;
  readonly report: WalkReport;
  /** Never existed; of the shape of the victim's marker. */
  readonly ghost: string;
}

/**
 * Two tenants with the same history. One asks for what is the victim's, the other at the same moment for what
 * never existed. Whatever tells their answers apart tells of the victim.
 */
export class Mirror {
  private readonly twin: Twin;
  private readonly detector: LeakDetector;
  /** What the attacker stored and so may see again. */
  private readonly stored = new Set<string>();
  private isAskedFirst = false;

  constructor(
    private readonly asker: Attacker,
    private readonly control: Attacker,
    private readonly parts: MirrorParts,
  ) {
    const { loot, ghost } = parts;
    this.twin = new Twin(loot.marker, ghost, loot.minted);
    this.detector = new LeakDetector(loot.marker, loot.secrets);
  }

  /** Carries out the first `share` attacks of the station, one after the other. */
  async visit(station: Station<Attack>, share: number): Promise<void> {
    for (const attack of station.attacks.slice(0, share)) await this.attempt(station, attack);
  }

  private async attempt(station: Station<Attack>, attack: Attack): Promise<void> {
    const { operation, knocker } = station;
    const asked = this.prepared(this.asker, operation, knocker, attack);
    const mirrored = this.prepared(this.control, operation, knocker, attack.twin(this.twin));
    if (!asked || !mirrored) return;
    const [answer, twinAnswer] = await this.sendBoth(asked, mirrored);
    this.parts.report.add({ ...names(station), status: answer.status });
    this.judgeLeak(station, attack, { request: asked, answer });
    this.judgeDifference(station, attack, answer, twinAnswer);
    this.time(station, answer, twinAnswer);
  }

  /** At the same moment; each is the first to go every other time, so that neither waits for the other more often. */
  private async sendBoth(asked: WireRequest, mirrored: WireRequest): Promise<[WireAnswer, WireAnswer]> {
    const { world } = this.parts;
    this.isAskedFirst = !this.isAskedFirst;
    if (this.isAskedFirst) return Promise.all([world.send(asked), world.send(mirrored)]);
    const [twinAnswer, answer] = await Promise.all([world.send(mirrored), world.send(asked)]);
    return [answer, twinAnswer];
  }

  private prepared(
    { explorer, tokens }: Attacker,
    operation: WalkedOperation,
    knocker: Knocker,
    attack: Attack,
  ): WireRequest | null {
    const base = explorer.base(operation);
    const token = tokens[knocker];
    const headers: Draft['headers'] = token === null ? {} : { authorization: `Bearer ${token}` };
    const draft = attack.apply({ ...base, headers });
    return draft && wireRequest(draft);
  }

  private judgeLeak(
    station: Station<Attack>,
    { name }: Attack,
    { request, answer }: { request: WireRequest; answer: WireAnswer },
  ): void {
    const sent = sentText(request);
    if (succeeded(answer) && request.method !== 'GET') {
      for (const secret of this.detector.secretsIn(sent)) this.stored.add(secret);
    }
    const leak = this.detector.find(answer, [sent, ...this.stored]);
    if (leak) {
      const detail = `${leak.text} in ${answer.status} ${answer.text.slice(0, 300)} (${name})`;
      this.parts.report.find({ kind: leak.kind, ...names(station), detail });
    }
  }

  private judgeDifference(
    station: Station<Attack>,
    { name }: Attack,
    answer: WireAnswer,
    twinAnswer: WireAnswer,
  ): void {
    const { loot } = this.parts;
    const seen = comparable(answer, {
      own: this.asker.code,
      others: withPrefix([loot.marker, ...loot.minted]),
    });
    const mirrored = comparable(twinAnswer, {
      own: this.control.code,
      others: withPrefix(this.twin.ghosts()),
    });
    if (seen === mirrored) return;
    if (station.claimsName && isTaken(answer) && succeeded(twinAnswer)) {
      this.parts.report.namesTaken += 1;
      return;
    }
    this.parts.report.find({
      kind: 'difference',
      ...names(station),
      detail: `${name}: ${firstDifference(seen, mirrored)}`,
    });
  }

  private time({ operation, place }: Station<Attack>, answer: WireAnswer, twinAnswer: WireAnswer): void {
    if (operation.method !== 'GET' || answer.status !== 404 || !place.startsWith('path:')) return;
    this.parts.report.notYoursMs.push(answer.durationMs);
    this.parts.report.notThereMs.push(twinAnswer.durationMs);
  }
}

function isTaken({ status, text }: WireAnswer): boolean {
  return status === 409 && text.includes('"already_exists"');
}

function names({ operation, knocker, place }: Station<Attack>) {
  return { operation: operation.id, knocker, place };
}

/** Some attacks send only the beginning, and answers repeat it. */
function withPrefix(others: readonly string[]): string[] {
  return [...others, ...others.slice(0, 1).map((marker) => marker.slice(0, PREFIX_LENGTH))];
}

function firstDifference(left: string, right: string): string {
  const at = [...left].findIndex((character, index) => character !== right[index]);
  const from = Math.max(0, at - 60);
  return `${left.slice(from, from + 240)} <> ${right.slice(from, from + 240)}`;
}
