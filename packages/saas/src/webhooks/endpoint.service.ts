import { randomBytes } from 'node:crypto';
import {
  CLOCK,
  type Clock,
  type Command,
  CommandService,
  DataService,
  type InvokeContext,
  type Item,
  LandlordError,
  type Page,
  type PageRequest,
  SYSTEM_SCOPE,
  untilUncontended,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { WebhookBell } from './bell.service.js';
import { EndpointFinder } from './endpoint.finder.service.js';
import {
  changeEndpointCommand,
  createEndpointCommand,
  deleteEndpointCommand,
  type EndpointChange,
  endpointFromItem,
  endpointView,
  tallyCommand,
  WEBHOOK_PREFIX,
} from './endpoint.item.js';
import { ENDPOINTS_LIMIT, type Endpoint, WELL } from './endpoint.js';
import {
  type CreateEndpointInput,
  type EndpointView,
  type IssuedEndpointView,
  type PatchEndpointInput,
  requireUrl,
} from './endpoint.schema.js';
import { EndpointSecrets, issuedView } from './endpoint.secrets.service.js';
import { type Place, placeOf } from './place.item.js';
import { deleteSecretsCommand, firstSecretsCommand } from './secret.item.js';
import { WEBHOOK_TRANSPORT, type WebhookTransport } from './webhook.transport.service.js';

const ID_BYTES = 8;

/** One endpoint, as its address and `If-Match` name it. */
export interface EndpointChoice {
  readonly id: string;
  readonly ifMatch: number | null;
}

/** Endpoints of the tenant acted for; an operator who acts for none keeps the vendor's. */
@Injectable()
export class EndpointService {
  constructor(
    private readonly commandService: CommandService,
    private readonly dataService: DataService,
    private readonly finder: EndpointFinder,
    private readonly bell: WebhookBell,
    private readonly secrets: EndpointSecrets,
    @Inject(WEBHOOK_TRANSPORT) private readonly transport: WebhookTransport,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** `out_of_bounds` beyond `ENDPOINTS_LIMIT`. */
  async create(context: InvokeContext, input: CreateEndpointInput): Promise<IssuedEndpointView> {
    const place = placeOf(context);
    await this.finder.requireOpenPlace(place);
    requireUrl(input.url, (url) => this.transport.urlFlaw(url));
    const id = `whk-${randomBytes(ID_BYTES).toString('hex')}`;
    const secret = this.secrets.issue(place, id);
    const endpoint = newEndpoint(id, secret.secretId, input);
    const commands = [
      createEndpointCommand(place, endpoint),
      firstSecretsCommand(place, id, secret.sealed),
      tallyCommand(place, 1),
    ];
    const kept = this.commit(context, commands, ([item = null]) => issuedView(item));
    return secret.shown(await kept.catch(refusedForNumber));
  }

  async list(context: InvokeContext, page: PageRequest): Promise<Page<EndpointView>> {
    const place = placeOf(context);
    await this.finder.requirePlace(place);
    const query = { ...page, sk: { beginsWith: WEBHOOK_PREFIX } };
    const { items, nextCursor } = await this.dataService.listItemsByPk(place.pk, query, place.read);
    const found = await this.finder.withSecrets(place, items);
    return {
      items: found.map(({ item, hasSecret }) => endpointView(item, { isHere: hasSecret })),
      nextCursor,
    };
  }

  async get(context: InvokeContext, id: string): Promise<EndpointView> {
    const place = placeOf(context);
    return this.viewOf(place, await this.finder.find(place, id));
  }

  patch(
    context: InvokeContext,
    { id, ifMatch, patch }: EndpointChoice & { readonly patch: PatchEndpointInput },
  ): Promise<EndpointView> {
    if (patch.url !== undefined) requireUrl(patch.url, (url) => this.transport.urlFlaw(url));
    const change = { ...patch, ...(patch.isActive === true ? WELL : {}) } as EndpointChange;
    return this.change(context, { id, ifMatch, changeOf: () => change });
  }

  /** Deliveries under way end; what was delivered stays listed for its time. */
  remove(context: InvokeContext, { id, ifMatch }: EndpointChoice): Promise<EndpointView> {
    const place = placeOf(context);
    return untilUncontended(ifMatch, async () => {
      const item = await this.finder.find(place, id);
      const secret = await this.finder.secretOf(place, id);
      const commands = [
        deleteEndpointCommand(item, ifMatch ?? item.version),
        ...(secret ? [deleteSecretsCommand(secret)] : []),
        tallyCommand(place, -1),
      ];
      return this.commit(context, commands, ([changed = null]) =>
        endpointView(changed ?? item, { isHere: false }),
      );
    });
  }

  /** `invalid_transition` for an endpoint to which nothing is sent. */
  async replay(
    context: InvokeContext,
    { id, ifMatch, since }: EndpointChoice & { readonly since: string },
  ): Promise<EndpointView> {
    const changeOf = ({ replaySince }: Endpoint) => ({
      replaySince: replaySince !== null && replaySince < since ? replaySince : since,
    });
    const dueAt = this.clock.now();
    const view = await this.change(context, { id, ifMatch, changeOf, dueAt, mustSend: true });
    this.bell.ring();
    return view;
  }

  /** Secrets are kept with the vendor: the caller's place was checked, the system's scope reaches both. */
  private commit<T extends EndpointView>(
    invokeContext: InvokeContext,
    commands: readonly Command[],
    respond: (items: readonly (Item | null)[]) => T,
  ): Promise<T> {
    return this.commandService.commit({ commands, respond }, { invokeContext, scope: SYSTEM_SCOPE });
  }

  private change(
    context: InvokeContext,
    { id, ifMatch, changeOf, dueAt, mustSend = false }: EndpointChoice & Change,
  ): Promise<EndpointView> {
    const place = placeOf(context);
    return untilUncontended(ifMatch, async () => {
      const item = await this.finder.find(place, id);
      await this.finder.requireOpenPlace(place);
      const secret = { isHere: (await this.finder.secretOf(place, id)) !== null };
      if (mustSend && !endpointView(item, secret).isSending) throw notSending(id);
      const due = dueAt === undefined ? {} : { dueAt };
      const change = changeOf(endpointFromItem(item));
      const command = changeEndpointCommand(item, ifMatch ?? item.version, change, due);
      return this.commit(context, [command], ([changed = null]) => endpointView(changed ?? item, secret));
    });
  }

  private async viewOf(place: Place, item: Item): Promise<EndpointView> {
    return endpointView(item, { isHere: (await this.finder.secretOf(place, item.code)) !== null });
  }
}

interface Change {
  readonly changeOf: (endpoint: Endpoint) => EndpointChange;
  readonly dueAt?: string;
  /** Only where events are sent. */
  readonly mustSend?: boolean;
}

export function notSending(id: string): LandlordError {
  return new LandlordError(
    'invalid_transition',
    `nothing is sent to ${id} now: make it active (PATCH with isActive: true), or rotate its secret where that is missing`,
  );
}

function newEndpoint(id: string, secretId: string, input: CreateEndpointInput): Endpoint {
  const { url, description, events, isActive } = input;
  const nothing = { previousSecretUntil: null, replaySince: null, ...WELL };
  return { id, url, description, events, isActive, secretId, ...nothing };
}

function refusedForNumber(error: unknown): never {
  if (!(error instanceof LandlordError && error.code === 'out_of_bounds')) throw error;
  throw new LandlordError(
    'out_of_bounds',
    `there are ${ENDPOINTS_LIMIT} webhook endpoints, as many as there can be; delete one first`,
    { facts: { limit: ENDPOINTS_LIMIT } },
  );
}
