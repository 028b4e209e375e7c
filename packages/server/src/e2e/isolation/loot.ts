import { parametersIn } from './document.js';
import { type Draft } from './draft.js';
import { type Harvest } from './harvest.js';
import { withDecoded } from './marker.js';
import { type Settled } from './settle.js';
import { type World } from './world.js';

const MINTED = /^(?=.*\d)[\w.:-]{12,}$/;

/** What strangers could know of the victim, and what of it is the victim's alone. */
export interface Loot {
  readonly marker: string;
  readonly harvest: Harvest;
  /** Worth sending: everything but free text. */
  readonly identifiers: readonly string[];
  readonly etags: readonly string[];
  readonly idempotencyKeys: readonly string[];
  /** Made up by the server, so without the marker. */
  readonly minted: readonly string[];
  /** Lower case; nobody else may be shown one. */
  readonly secrets: readonly string[];
  /** The victim's own requests that succeeded, by operation. */
  readonly requests: ReadonlyMap<string, readonly Draft[]>;
}

/** `known`: what the strangers saw before there was a victim, which is no secret. */
export function lootOf(world: World, { code, explorer }: Settled, known: readonly Harvest[]): Loot {
  const { harvest, changes, readings } = explorer;
  const texts = harvest.texts();
  const minted = texts.filter(
    (text) =>
      MINTED.test(text) && !withDecoded(text).includes(code) && known.every((each) => !each.has(text)),
  );
  const marked = texts.filter((text) => text.includes(code));
  const idempotencyKeys = [...changes.values()]
    .flat()
    .flatMap(({ headers }) => headers['idempotency-key'] ?? []);
  const usable = new Set(
    world.document.operations.flatMap((each) => parametersIn(each, 'path').map(({ name }) => name)),
  );
  const named = new Set([...usable].flatMap((name) => harvest.candidates(name)));
  return {
    marker: code,
    harvest,
    identifiers: texts.filter((text) => !/\s/.test(text) && (!text.startsWith('canary-') || named.has(text))),
    etags: harvest.candidates('If-Match'),
    idempotencyKeys,
    minted: minted.filter((text) => !isCursor(harvest, text)),
    secrets: [...marked, ...minted.filter((text) => !isCursor(harvest, text))].map((text) =>
      text.toLowerCase(),
    ),
    requests: new Map([...readings, ...changes]),
  };
}

function isCursor(harvest: Harvest, text: string): boolean {
  return harvest.candidates('cursor').includes(text);
}
