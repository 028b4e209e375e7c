import { type WalkedOperation } from './document.js';
import { type Draft } from './draft.js';
import { type Loot } from './loot.js';
import { carrying, fieldName, type Place } from './place.js';
import { type Twin } from './twin.js';
import { type Carried, credentials, VARIATIONS } from './variation.js';

/** Something of the victim's to put at a place: by name, and the request with it. */
export interface Attack {
  readonly name: string;
  /** Null when it cannot stand there. */
  apply(draft: Draft): Draft | null;
  /** The same with what never existed. */
  twin(twin: Twin): Attack;
}

export interface Target {
  readonly operation: WalkedOperation;
  readonly place: Place;
  /** Only what is the victim's alone: what others have too would make attackers stand in each other's way. */
  readonly isExclusive: boolean;
}

/** Every attack at the place, the likeliest first: an identifier of the place's own kind, then all others. */
export function attacksAt({ operation, place, isExclusive }: Target, loot: Loot): Attack[] {
  if (place.kind === 'replay')
    return (loot.requests.get(operation.id) ?? []).map((request) => replay(request));
  const isWanted = (text: string) => !isExclusive || text.includes(loot.marker);
  const likely = likelyTexts(place, operation, loot).filter(isWanted);
  const others = loot.identifiers.filter((text) => isWanted(text) && !likely.includes(text));
  if (place.kind === 'credentials')
    return [...likely, ...others].flatMap((text) =>
      [0, 1, 2, 3, 4, 5].map((index) => credential(text, index)),
    );
  return interleaved(variedOf(place, likely), variedOf(place, others));
}

function likelyTexts(place: Place, { path }: WalkedOperation, loot: Loot): string[] {
  const name = fieldName(place);
  if (name === 'If-Match') return [...loot.etags];
  if (name === 'Idempotency-Key') return [...loot.idempotencyKeys];
  const isTenant = /tenant|^code$|slug/i.test(name);
  const known = loot.harvest.candidates(name, path).filter((text) => loot.identifiers.includes(text));
  return [...new Set([...(isTenant ? [loot.marker] : []), ...known])];
}

function variedOf(place: Place, texts: readonly string[]): Attack[] {
  return VARIATIONS.flatMap((variation) =>
    texts.map((text) => ofText(place, `${variation.name} ${text}`, text, variation.of)),
  );
}

function ofText(place: Place, name: string, text: string, carry: (text: string) => Carried): Attack {
  return {
    name,
    apply: (draft) => carrying(draft, place, carry(text)),
    twin: (twin) => ofText(place, name, twin.of(text), carry),
  };
}

function credential(text: string, index: number): Attack {
  return {
    name: `credential ${index} ${text}`,
    apply: (draft) => {
      const { authorization } = draft.headers;
      const header = credentials(typeof authorization === 'string' ? authorization : null, text)[index];
      return header === undefined ? null : carrying(draft, { kind: 'credentials' }, { header });
    },
    twin: (twin) => credential(twin.of(text), index),
  };
}

/** The victim's request with the attacker's credentials, if it has any. */
function replay(request: Draft): Attack {
  const { authorization: _victims, ...headers } = request.headers;
  const { operation, ...parts } = { ...request, headers };
  return {
    name: `replay ${JSON.stringify(request.path)}`,
    apply: ({ headers: { authorization } }) => ({
      operation,
      ...parts,
      headers: authorization === undefined ? headers : { ...headers, authorization },
    }),
    twin: (twin) => replay({ operation, ...twin.ofJson(parts) }),
  };
}

function interleaved<T>(left: readonly T[], right: readonly T[]): T[] {
  const length = Math.max(left.length, right.length);
  return Array.from({ length }, (_, index) => [left[index], right[index]])
    .flat()
    .filter((each): each is T => each !== undefined);
}
