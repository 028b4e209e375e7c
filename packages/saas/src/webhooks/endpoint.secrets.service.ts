import { randomBytes } from 'node:crypto';
import {
  CLOCK,
  type Clock,
  CommandService,
  type InvokeContext,
  type Item,
  STORE,
  type Store,
  SYSTEM_SCOPE,
  untilUncontended,
  VERSION_FIRST,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { later } from './delivery.js';
import { EndpointFinder } from './endpoint.finder.service.js';
import { changeEndpointCommand, endpointView } from './endpoint.item.js';
import { type IssuedEndpointView } from './endpoint.schema.js';
import { type Place, placeOf, VENDOR_PK } from './place.item.js';
import {
  putSecretsCommand,
  SECRET_PREFIX,
  sealedSecretsOf,
  secretPlace,
  secretsFromItem,
} from './secret.item.js';
import { SECRET_BOX, type SecretBox, UnreadableSecret } from './secret-box.service.js';
import { newSecret } from './signature.service.js';

const SECRET_ID_BYTES = 6;
const CHECKED_LIMIT = 100;

/** A secret on its way to whoever caused it, and what the items get to know of it. */
export interface IssuedSecret {
  readonly secretId: string;
  readonly sealed: string;
  /** A repetition under one Idempotency-Key gets the answer of the first, whose secret is another. */
  readonly shown: (kept: IssuedEndpointView) => IssuedEndpointView;
}

@Injectable()
export class EndpointSecrets {
  constructor(
    private readonly commandService: CommandService,
    private readonly finder: EndpointFinder,
    @Inject(SECRET_BOX) private readonly secretBox: SecretBox,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(STORE) private readonly store: Store,
  ) {}

  issue(place: Place, endpointId: string): IssuedSecret {
    const secret = newSecret();
    const secretId = randomBytes(SECRET_ID_BYTES).toString('hex');
    return {
      secretId,
      sealed: this.secretBox.seal(secret, secretPlace(place, endpointId)),
      shown: (kept) => (kept.secretId === secretId ? { ...kept, secret } : kept),
    };
  }

  /** A new secret; the one before signs as well for the grace. Also for an endpoint that came without one. */
  rotate(
    context: InvokeContext,
    { id, ifMatch, graceSeconds }: { id: string; ifMatch: number | null; graceSeconds: number },
  ): Promise<IssuedEndpointView> {
    const place = placeOf(context);
    return untilUncontended(ifMatch, async () => {
      const item = await this.finder.find(place, id);
      await this.finder.requireOpenPlace(place);
      const kept = await this.finder.secretOf(place, id);
      const issue = this.issue(place, id);
      const previousUntil = kept && graceSeconds > 0 ? later(this.clock.now(), graceSeconds * 1000) : null;
      const previous = kept && previousUntil ? secretsFromItem(kept).current : null;
      const secrets = { current: issue.sealed, previous, previousUntil };
      const change = { secretId: issue.secretId, previousSecretUntil: previousUntil };
      const commands = [
        changeEndpointCommand(item, ifMatch ?? item.version, change),
        putSecretsCommand(place, id, { version: kept?.version ?? VERSION_FIRST, secrets }),
      ];
      const respond = ([changed = null]: readonly (Item | null)[]) => issuedView(changed);
      // Secrets are kept with the vendor: the caller's place was checked, the system's scope reaches both.
      const options = { invokeContext: context, scope: SYSTEM_SCOPE };
      return issue.shown(await this.commandService.commit({ commands, respond }, options));
    });
  }

  /** Those that sign now, the newest first; null when there are none. Throws `UnreadableSecret`. */
  async signing(place: Place, endpointId: string): Promise<readonly string[] | null> {
    const item = await this.finder.secretOf(place, endpointId);
    if (!item) return null;
    const where = secretPlace(place, endpointId);
    const [current = '', ...previous] = sealedSecretsOf(item, this.clock.now());
    return [this.secretBox.open(current, where), ...this.readable(previous, where)];
  }

  /** Why the first secrets that are kept cannot be read by this process, or null. */
  async flaw(): Promise<string | null> {
    const query = { sk: { beginsWith: SECRET_PREFIX }, limit: CHECKED_LIMIT };
    const { items } = await this.store.query(SYSTEM_SCOPE, { pk: VENDOR_PK, ...query });
    for (const item of items) {
      const flaw = this.flawOf(item);
      if (flaw !== null) return flaw;
    }
    return null;
  }

  private flawOf(item: Item): string | null {
    try {
      this.secretBox.open(secretsFromItem(item).current, item.sk.slice(SECRET_PREFIX.length));
      return null;
    } catch (error) {
      if (error instanceof UnreadableSecret) return error.message;
      throw error;
    }
  }

  /** One before that cannot be read holds nothing up: a rotation is the way out of a lost key. */
  private readable(sealed: readonly string[], where: string): string[] {
    return sealed.flatMap((each) => {
      try {
        return [this.secretBox.open(each, where)];
      } catch {
        return [];
      }
    });
  }
}

export function issuedView(item: Item | null): IssuedEndpointView {
  if (!item) throw new Error('an endpoint with a new secret is a change');
  return { ...endpointView(item, { isHere: true }), secret: null };
}
