import { type Command, type ErasureRules, type Item, type PortableCommand } from '@landlord/kernel';
import { isJsonObject, type JsonObject, type JsonValue } from '@landlord/kernel/pure';
import { type Person, Pseudonyms } from './pseudonyms.js';

/**
 * `erase`: the item and its log go; `keep`: only who did it is taken out; `pseudonymise`: also whoever is named in it.
 * What accounts and taxes need is kept.
 */
export type Fate = 'erase' | 'keep' | 'pseudonymise';

/** A type that is not here is erased: a new capability must say what of it has to be kept. */
export const FATES: Readonly<Record<string, Fate>> = {
  TENANT: 'pseudonymise',
  SUBSCRIPTION: 'pseudonymise',
  SUBSCRIPTIONEVENT: 'pseudonymise',
  USAGE: 'keep',
  USAGECORRECTION: 'pseudonymise',
  RESERVATION: 'erase',
  USAGEEVENT: 'keep',
  USAGENOTICED: 'keep',
  CHILD: 'keep',
  CHILDREN: 'keep',
  GROUP: 'pseudonymise',
  INVOICE: 'pseudonymise',
  PAYMENT: 'pseudonymise',
  CREDITNOTE: 'pseudonymise',
  BILLING: 'pseudonymise',
  BILLINGEVENT: 'pseudonymise',
  INVOICECOUNTER: 'keep',
  CREDITBALANCE: 'keep',
  LEDGER: 'keep',
  ERASURE: 'keep',
  USER: 'erase',
  INVITATION: 'erase',
  SETTING: 'erase',
  APIKEY: 'erase',
  WEBHOOK: 'erase',
  WEBHOOKTALLY: 'erase',
  WEBHOOKEVENT: 'erase',
  WEBHOOKDELIVERY: 'erase',
};

/** Items about persons: their names are looked for everywhere else. */
const PERSON_TYPES: ReadonlySet<string> = new Set(['USER', 'INVITATION']);
const PERSON_ATTRIBUTE = /(e-?mail|name|phone)$/i;
/** Of the tenant itself, also of the vendor's own facts about it, these go altogether with all that is in them. */
const TENANT_PERSONAL = /(e-?mail|name|phone|mobile|contact|person)s?$/i;
/** Who is nobody: the system itself, and several callers at once. */
const NOBODY: ReadonlySet<string> = new Set(['system', 'several']);

export const ERASED_REQUEST = 'erased';

export function fateOf(type: string): Fate {
  return (Object.hasOwn(FATES, type) ? FATES[type] : undefined) ?? 'erase';
}

/** `salt`: random, used for this erasure and kept nowhere. */
export function erasureRules(salt: Uint8Array): ErasureRules {
  const pseudonyms = new Pseudonyms(salt);
  const redactItem = (item: Item) => redactedItem(item, pseudonyms);
  return {
    isKept: (type) => fateOf(type) !== 'erase',
    learn: (command) => learn(command, pseudonyms),
    redactText: (text) => pseudonyms.text(text),
    redactItem,
    redactCommand: (command) => ({
      ...command,
      input: redactedInput(command, pseudonyms),
      item: redactItem(command.item),
      userId: actor(command.userId, pseudonyms),
      requestId: ERASED_REQUEST,
      ip: null,
      isRedacted: true,
    }),
  };
}

function learn({ type, item, userId }: PortableCommand, pseudonyms: Pseudonyms): void {
  if (type === 'TENANT') pseudonyms.keep(item.name);
  if (PERSON_TYPES.has(type)) pseudonyms.learn(personOf(item));
  if (!NOBODY.has(userId)) pseudonyms.learn({ id: userId, texts: [] });
}

function personOf({ code, name, attributes }: Item): Person {
  return { id: code, texts: [name, ...textsOf(attributes)] };
}

function textsOf(attributes: JsonObject): string[] {
  return Object.entries(attributes).flatMap(([name, value]) =>
    typeof value === 'string' && PERSON_ATTRIBUTE.test(name) ? [value] : [],
  );
}

function redactedItem(item: Item, pseudonyms: Pseudonyms): Item {
  return {
    ...item,
    ...redactedBody(item.type, { name: item.name, attributes: item.attributes }, pseudonyms),
    createdBy: actor(item.createdBy, pseudonyms),
    updatedBy: actor(item.updatedBy, pseudonyms),
    requestId: ERASED_REQUEST,
  };
}

function redactedInput({ input, type }: PortableCommand, pseudonyms: Pseudonyms): Command {
  if (input.kind !== 'increment') return { ...input, ...redactedBody(type, input, pseudonyms) };
  if (!input.initial) return input;
  return { ...input, initial: { ...input.initial, ...redactedBody(type, input.initial, pseudonyms) } };
}

interface Body {
  readonly name?: string;
  readonly attributes?: JsonObject;
}

/** Only what is there: a partial command does not say everything. */
function redactedBody<B extends Body>(
  type: string,
  body: B,
  pseudonyms: Pseudonyms,
): Pick<B, 'name' | 'attributes'> {
  const { name, attributes } = body;
  if (fateOf(type) === 'keep') return {} as Pick<B, 'name' | 'attributes'>;
  return {
    ...(name === undefined ? {} : { name: pseudonyms.text(name) }),
    ...(attributes === undefined ? {} : { attributes: pseudonyms.walk(withoutContacts(type, attributes)) }),
  } as Pick<B, 'name' | 'attributes'>;
}

function withoutContacts(type: string, attributes: JsonObject): JsonObject {
  return type === 'TENANT' ? impersonal(attributes) : attributes;
}

function impersonal(value: JsonObject): JsonObject {
  const kept = Object.entries(value).filter(([name]) => !TENANT_PERSONAL.test(name));
  return Object.fromEntries(kept.map(([name, inner]) => [name, impersonalValue(inner)]));
}

function impersonalValue(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((each: JsonValue) => impersonalValue(each));
  return isJsonObject(value) ? impersonal(value) : value;
}

function actor(userId: string, pseudonyms: Pseudonyms): string {
  return NOBODY.has(userId) ? userId : pseudonyms.of(userId);
}
