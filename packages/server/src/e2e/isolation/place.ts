import {
  type ApiDocument,
  type JsonSchema,
  parametersIn,
  takesHeader,
  type WalkedOperation,
} from './document.js';
import { type Draft, type Pointer, replacedAt, textsWithin } from './draft.js';
import { type Carried } from './variation.js';

/** A part of a request that can carry an identifier. */
export type Place =
  | { readonly kind: 'path' | 'query' | 'header' | 'field'; readonly name: string }
  | { readonly kind: 'body'; readonly pointer: Pointer }
  /** The credentials themselves. */
  | { readonly kind: 'credentials' }
  /** The victim's own request, word for word. */
  | { readonly kind: 'replay' };

/** Headers that other servers take a tenant or a right from. */
const STRAY_HEADERS = [
  'X-Tenant-Code',
  'X-Api-Key',
  'If-Match',
  'Idempotency-Key',
  'X-Original-Url',
  'Cookie',
];
/** What careless code reads even where it is not declared. */
const STRAY_NAME = 'tenantCode';
const BODY_PLACES_LIMIT = 24;

/** Each place of the operation's requests, declared and not. `base` is a request that fits it. */
export function placesOf(operation: WalkedOperation, base: Draft): Place[] {
  const named = (kind: 'path' | 'query'): Place[] =>
    parametersIn(operation, kind)
      .filter(({ schema }) => schema.type !== 'integer')
      .map(({ name }) => ({ kind, name }));
  const declared = parametersIn(operation, 'header').map(({ name }) => name);
  const headers = [...declared, ...STRAY_HEADERS.filter((name) => !takesHeader(operation, name))];
  const bodies = textsWithin(base.body)
    .slice(0, BODY_PLACES_LIMIT)
    .map(({ pointer }): Place => ({ kind: 'body', pointer }));
  return [
    ...named('path'),
    ...named('query'),
    { kind: 'query', name: STRAY_NAME },
    ...headers.map((name): Place => ({ kind: 'header', name })),
    ...bodies,
    ...(base.body === undefined ? [] : [{ kind: 'field', name: STRAY_NAME } as const]),
    { kind: 'credentials' },
    { kind: 'replay' },
  ];
}

/** Whether the operation says that it reads what stands there. */
export function isDeclared({ parameters }: WalkedOperation, place: Place): boolean {
  if (place.kind === 'field' || place.kind === 'credentials') return false;
  if (!('name' in place)) return true;
  return parameters.some((parameter) => parameter.in === place.kind && parameter.name === place.name);
}

/** Whether a tenant could be created there under the given code. Codes are the system's: one taken can only be refused. */
export function claimsName(document: ApiDocument, { method, body }: WalkedOperation, place: Place): boolean {
  if (method !== 'POST' || place.kind !== 'body' || !body) return false;
  let schema: JsonSchema | undefined = body;
  for (const part of place.pointer) {
    const known: JsonSchema | undefined = document.schemas[referenced(schema)] ?? schema;
    schema = typeof part === 'number' ? known?.items : known?.properties?.[part];
  }
  return referenced(schema) === 'TenantCode';
}

function referenced(schema: JsonSchema | undefined): string {
  return schema?.$ref?.split('/').at(-1) ?? '';
}

/** `query:cursor`, `body:0.id`: the same for requests of one kind. */
export function placeName(place: Place): string {
  switch (place.kind) {
    case 'body':
      return `body:${place.pointer.join('.')}`;
    case 'credentials':
    case 'replay':
      return place.kind;
    default:
      return `${place.kind}:${place.name}`;
  }
}

/** What a field at the place is called; empty where any identifier fits. */
export function fieldName(place: Place): string {
  if (place.kind === 'body') return place.pointer.filter((part) => typeof part === 'string').at(-1) ?? '';
  return 'name' in place ? place.name : '';
}

const HEADER_TEXT = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** The request with the value at the place; null when the value cannot stand there. */
export function carrying(draft: Draft, place: Place, carried: Carried): Draft | null {
  switch (place.kind) {
    case 'path':
      if (carried.path === undefined) return null;
      return { ...draft, path: { ...draft.path, [place.name]: carried.path } };
    case 'query': {
      if (carried.query === undefined) return null;
      const others = draft.query.filter(([name]) => name !== place.name);
      return { ...draft, query: [...others, ...carried.query.map((value) => [place.name, value] as const)] };
    }
    case 'header':
      return withHeader(draft, place.name, carried.header);
    case 'body':
      if (!('body' in carried)) return null;
      return { ...draft, body: replacedAt(draft.body, place.pointer, carried.body) };
    case 'field':
      return withField(draft, place.name, carried);
    case 'credentials':
      return withHeader(draft, 'Authorization', carried.header);
    case 'replay':
      return null;
  }
}

function withHeader(draft: Draft, name: string, value: Carried['header']): Draft | null {
  const values = typeof value === 'string' ? [value] : (value ?? []);
  if (values.length === 0 || !values.every((each) => HEADER_TEXT.test(each))) return null;
  const others = Object.entries(draft.headers).filter(([own]) => own.toLowerCase() !== name.toLowerCase());
  return { ...draft, headers: { ...Object.fromEntries(others), [name.toLowerCase()]: value ?? '' } };
}

/** A field more, in the body and in the first element of a list. */
function withField(draft: Draft, name: string, carried: Carried): Draft | null {
  if (!('body' in carried)) return null;
  const pointer = Array.isArray(draft.body) ? [0, name] : [name];
  return { ...draft, body: replacedAt(draft.body, pointer, carried.body) };
}
