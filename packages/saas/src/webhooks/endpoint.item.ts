import {
  type Command,
  generatePk,
  type Instant,
  type Item,
  type ItemKey,
  type JsonObject,
  VERSION_FIRST,
} from '@landlord/kernel';
import { ENDPOINTS_LIMIT, type Endpoint, isOpen } from './endpoint.js';
import { type EndpointView, endpointAttributes, tallyAttributes } from './endpoint.schema.js';
import { type Place } from './place.item.js';

export const WEBHOOK_TYPE = 'WEBHOOK';
export const WEBHOOK_PREFIX = `${WEBHOOK_TYPE}#`;
export const WEBHOOK_TALLY_TYPE = 'WEBHOOKTALLY';

const NO_SECRET = 'its signing secret is not here: rotate it';

export function endpointKey({ pk }: Pick<Place, 'pk'>, id: string): ItemKey {
  return { pk, sk: generatePk(WEBHOOK_TYPE, id) };
}

export function tallyKey({ pk }: Pick<Place, 'pk'>): ItemKey {
  return { pk, sk: WEBHOOK_TALLY_TYPE };
}

export function createEndpointCommand(place: Place, endpoint: Endpoint): Command {
  const { id, ...attributes } = endpoint;
  return {
    kind: 'full',
    ...endpointKey(place, id),
    version: VERSION_FIRST,
    tenantCode: place.owner,
    type: WEBHOOK_TYPE,
    code: id,
    name: `webhook to ${new URL(endpoint.url).host}`,
    attributes: attributes as unknown as JsonObject,
  };
}

export type EndpointChange = Partial<Omit<Endpoint, 'id'>>;

/** A replay that is wanted falls due at once. */
export function changeEndpointCommand(
  { pk, sk }: ItemKey,
  version: number,
  change: EndpointChange,
  due: { readonly dueAt?: Instant | null } = {},
): Command {
  const attributes = { ...change } as unknown as JsonObject;
  const name = change.url === undefined ? {} : { name: `webhook to ${new URL(change.url).host}` };
  return { kind: 'partial', pk, sk, version, attributes, ...name, ...due };
}

export function deleteEndpointCommand({ pk, sk }: ItemKey, version: number): Command {
  return { kind: 'partial', pk, sk, version, isDeleted: true, dueAt: null };
}

/** Counts the place's endpoints with the change itself; refused beyond the limit. */
export function tallyCommand(place: Place, by: 1 | -1): Command {
  const bound = by > 0 ? { max: String(ENDPOINTS_LIMIT) } : { min: '0' };
  return {
    kind: 'increment',
    ...tallyKey(place),
    increments: [{ path: ['count'], by: String(by), ...bound }],
    initial: {
      tenantCode: place.owner,
      type: WEBHOOK_TALLY_TYPE,
      code: place.owner,
      name: 'webhook endpoints',
      attributes: {},
    },
  };
}

/** How many endpoints a place has, by its tally. */
export function countOf(tally: Item | null): number {
  return tally ? tallyAttributes.parse(tally.attributes).count : 0;
}

export function endpointFromItem({ code, attributes }: Item): Endpoint {
  return { ...endpointAttributes.parse(attributes), id: code };
}

export function endpointView(item: Item, secret: { readonly isHere: boolean }): EndpointView {
  const { secretId, disabledReason, ...shown } = endpointFromItem(item);
  const { version, createdAt, updatedAt } = item;
  return {
    ...shown,
    secretId,
    events: [...shown.events],
    isSending: isOpen(shown) && secret.isHere,
    disabledReason: disabledReason ?? (secret.isHere ? null : NO_SECRET),
    version,
    createdAt,
    updatedAt,
  };
}
