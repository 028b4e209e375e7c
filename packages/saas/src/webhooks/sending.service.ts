import {
  CLOCK,
  type Clock,
  type Command,
  CommandService,
  type Item,
  LandlordError,
  STORE,
  type Store,
  SYSTEM_SCOPE,
  tenantOfPk,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { WEBHOOK_CONTEXT } from './context.item.js';
import {
  claimDeliveryCommand,
  deliveryFromItem,
  forgetDeliveryCommand,
  moveDeliveryCommand,
} from './delivery.item.js';
import { type Delivery, stepAfter } from './delivery.js';
import { endpointFromItem, endpointKey } from './endpoint.item.js';
import { type Endpoint, isOpen } from './endpoint.js';
import { EndpointSecrets } from './endpoint.secrets.service.js';
import { EndpointStandings } from './endpoint.standings.service.js';
import { bodyOf } from './event.js';
import { toldEvent } from './event-source.item.js';
import { type Place, placeOfItem } from './place.item.js';
import { UnreadableSecret } from './secret-box.service.js';
import { signedHeaders } from './signature.service.js';
import { WEBHOOK_OPTIONS, type WebhookOptions } from './webhook.options.service.js';
import { WEBHOOK_TRANSPORT, type WebhookAnswer, type WebhookTransport } from './webhook.transport.service.js';

/** What an attempt came to. */
interface Result {
  readonly answer: WebhookAnswer;
  /** False: nobody was asked, so that it says nothing of the endpoint. */
  readonly isSent: boolean;
  /** No further attempt can do better. */
  readonly isFinal: boolean;
}

interface Ready {
  readonly endpoint: Endpoint;
  readonly secrets: readonly string[];
  readonly body: string;
}

/** Carries one attempt of one delivery out: claim, ask, record. */
@Injectable()
export class SendingService {
  constructor(
    private readonly commandService: CommandService,
    private readonly secrets: EndpointSecrets,
    private readonly standings: EndpointStandings,
    @Inject(STORE) private readonly store: Store,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(WEBHOOK_TRANSPORT) private readonly transport: WebhookTransport,
    @Inject(WEBHOOK_OPTIONS) private readonly options: WebhookOptions,
  ) {}

  /** False when another process has it, or the item is not what it was. */
  async attempt(item: Item): Promise<boolean> {
    if (deliveryFromItem(item).status !== 'pending')
      return this.write(forgetDeliveryCommand(item)).then(Boolean);
    const leaseUntil = new Date(Date.now() + this.options.leaseMs).toISOString();
    const claimed = await this.write(claimDeliveryCommand(item, leaseUntil));
    if (!claimed) return false;
    const place = placeOfItem(item);
    const delivery = deliveryFromItem(claimed);
    const result = await this.send(place, delivery);
    const isRecorded = await this.record(claimed, delivery, result);
    if (result.isSent) await this.standings.note(place, delivery.endpointId, result.answer.outcome);
    return isRecorded;
  }

  private async record(claimed: Item, delivery: Delivery, { answer, isFinal }: Result): Promise<boolean> {
    const { status, durationMs, error, response, retryAfterMs } = answer;
    const now = this.clock.now();
    const attempt = { at: now, status, durationMs, error, response };
    const step = stepAfter(delivery, { attempt, now, retryAfterMs, isFinal, random: Math.random() });
    return (await this.write(moveDeliveryCommand(claimed, step))) !== null;
  }

  private async send(place: Place, delivery: Delivery): Promise<Result> {
    const ready = await this.prepare(place, delivery).catch(unsignable);
    if ('answer' in ready) return ready;
    const { endpoint, body, secrets } = ready;
    const headers = signedHeaders({ id: delivery.eventId, at: new Date(), body, secrets });
    const answer = await this.transport.send({ url: endpoint.url, headers, body });
    return { answer, isSent: true, isFinal: answer.outcome === 'gone' };
  }

  /** What is to be sent, or why nothing can be. */
  private async prepare(place: Place, { endpointId, source }: Delivery): Promise<Ready | Result> {
    const item = await this.store.get(SYSTEM_SCOPE, endpointKey(place, endpointId));
    if (!item || item.isDeleted) return unsent('the endpoint was deleted');
    const endpoint = endpointFromItem(item);
    if (!isOpen(endpoint)) return unsent('the endpoint is not active');
    const secrets = await this.secrets.signing(place, endpointId);
    if (!secrets) return unsent('the signing secret of the endpoint is not here; rotate it, then replay');
    // An imported delivery could name anybody's item.
    const mayRead = place.tenantCode === null || tenantOfPk(source.pk) === place.tenantCode;
    const told = mayRead ? await this.store.get(SYSTEM_SCOPE, source) : null;
    const body = told && bodyOfItem(told);
    return body === null ? unsent('the event is not kept any more') : { endpoint, secrets, body };
  }

  /** The item as written; null when somebody else wrote first. */
  private async write(command: Command): Promise<Item | null> {
    try {
      const unit = {
        commands: [command],
        respond: ([item = null]: readonly (Item | null)[]) => item as never,
      };
      return await this.commandService.commit<never>(unit, {
        invokeContext: WEBHOOK_CONTEXT,
        scope: SYSTEM_SCOPE,
      });
    } catch (error) {
      if (error instanceof LandlordError && error.code === 'version_conflict') return null;
      throw error;
    }
  }
}

/** Null for an item that tells no event, as one that was redacted may not. */
function bodyOfItem(item: Item): string | null {
  try {
    const { event, tenantCode } = toldEvent(item);
    return bodyOf(event, tenantCode);
  } catch {
    return null;
  }
}

const NO_ANSWER = {
  outcome: 'failed',
  ...{ status: null, response: null, retryAfterMs: null, durationMs: 0 },
} as const;

function unsent(error: string): Result {
  return { answer: { ...NO_ANSWER, error }, isSent: false, isFinal: true };
}

/** Somebody may give this server the right key yet. */
function unsignable(error: unknown): Result {
  if (!(error instanceof UnreadableSecret)) throw error;
  return { answer: { ...NO_ANSWER, error: error.message }, isSent: false, isFinal: false };
}
