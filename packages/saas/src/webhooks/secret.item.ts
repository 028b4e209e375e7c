import {
  COMMON_TENANT_CODE,
  type Command,
  generatePk,
  type Instant,
  type Item,
  type ItemKey,
  VERSION_FIRST,
} from '@landlord/kernel';
import { z } from 'zod';
import { type Place, VENDOR_PK } from './place.item.js';

const SECRET_TYPE = 'WEBHOOKSECRET';
export const SECRET_PREFIX = `${SECRET_TYPE}#`;

const attributes = z.object({
  secrets: z.object({
    current: z.string(),
    previous: z.string().nullable(),
    previousUntil: z.string().nullable(),
  }),
});

/** Sealed, as a `SecretBox` does. */
export type SealedSecrets = z.output<typeof attributes>['secrets'];

/** With the vendor, so that an export of the tenant does not hold them, and an import does not bring them. */
export function secretKey({ owner }: Pick<Place, 'owner'>, endpointId: string): ItemKey {
  return { pk: VENDOR_PK, sk: generatePk(SECRET_TYPE, secretPlace({ owner }, endpointId)) };
}

/** What a sealed secret belongs to. */
export function secretPlace({ owner }: Pick<Place, 'owner'>, endpointId: string): string {
  return `${owner}#${endpointId}`;
}

/** `version`: of the item that is there; one that was deleted comes back. */
export function putSecretsCommand(
  place: Place,
  endpointId: string,
  { version, secrets }: { readonly version: number; readonly secrets: SealedSecrets },
): Command {
  return {
    kind: 'full',
    ...secretKey(place, endpointId),
    version,
    tenantCode: COMMON_TENANT_CODE,
    type: SECRET_TYPE,
    code: endpointId,
    name: `signing secret of ${endpointId}`,
    attributes: { secrets },
    isDeleted: false,
  };
}

export function firstSecretsCommand(place: Place, endpointId: string, current: string): Command {
  const secrets = { current, previous: null, previousUntil: null };
  return putSecretsCommand(place, endpointId, { version: VERSION_FIRST, secrets });
}

export function deleteSecretsCommand({ pk, sk, version }: Item): Command {
  const secrets = { current: '', previous: null, previousUntil: null };
  return { kind: 'partial', pk, sk, version, attributes: { secrets }, isDeleted: true };
}

/** The sealed ones that sign now, the newest first. */
export function sealedSecretsOf(item: Item, now: Instant): readonly string[] {
  const { current, previous, previousUntil } = secretsFromItem(item);
  const isInGrace = previous !== null && previousUntil !== null && now < previousUntil;
  return isInGrace ? [current, previous] : [current];
}

export function secretsFromItem(item: Item): SealedSecrets {
  return attributes.parse(item.attributes).secrets;
}
