import { setTimeout } from 'node:timers/promises';
import {
  CommandService,
  GroupCommit,
  type InvokeContext,
  type ItemCheck,
  type JsonValue,
  LandlordError,
  type MeterAccepted,
  type MeterOutcome,
  type MeterRequest,
  type Resting,
  STORE,
  type Store,
} from '@landlord/kernel';
import { type BeforeApplicationShutdown, Inject, Injectable } from '@nestjs/common';
import { type MeterCatalogue } from '../meters/meter.catalogue.js';
import { catalogueCheck, MeterCatalogueService } from '../meters/meter.catalogue.service.js';
import { USAGE_RULES } from './usage.rules.js';
import { type UsageSubject, UsageSubjectService } from './usage-subject.service.js';

/** Events in one transaction, and events that may wait for the next. */
const GROUP_EVENTS_LIMIT = 20_000;
const QUEUE_EVENTS_LIMIT = 200_000;
/** While one group is committed the next one waits at the lock already, if it is worth a transaction. */
const GROUPS_LIMIT = 2;
const FURTHER_EVENTS = 100;
/** How often a request is read anew because tenant, tree, limits or meters changed meanwhile. */
const TRIES_LIMIT = 20;
const PAUSE_MS = 2;

/** What is to be counted, held or written; the rest follows from whose it is. */
export type MeterDemand = Pick<MeterRequest, 'events' | 'admission' | 'holds' | 'commands'> & {
  /** Default: all whose pool it uses now. */
  readonly pooledWith?: readonly string[];
};

export interface MeterSubmission {
  readonly tenantCode: string;
  /** About how many events it is. */
  readonly weight: number;
  /** Throws what the caller is to see. Asked again when what it rests on has changed. */
  readonly demandOf: (subject: UsageSubject, meters: MeterCatalogue) => MeterDemand;
  /** The answer to keep under the idempotency key. */
  readonly respond: (accepted: MeterAccepted) => JsonValue;
}

/** Brings requests to the store, in groups, as long as what they rest on is as it was when they were made. */
@Injectable()
export class MeteringService implements BeforeApplicationShutdown {
  private readonly groups: GroupCommit<MeterRequest, MeterOutcome>;

  /** By the checks of the subject. */
  private readonly lists = new WeakMap<readonly ItemCheck[], CheckList>();

  constructor(
    @Inject(STORE) store: Store,
    private readonly commandService: CommandService,
    private readonly subjects: UsageSubjectService,
    private readonly catalogue: MeterCatalogueService,
  ) {
    this.groups = new GroupCommit((requests) => store.meter(requests, USAGE_RULES), {
      groupWeightLimit: GROUP_EVENTS_LIMIT,
      queueWeightLimit: QUEUE_EVENTS_LIMIT,
      groupsLimit: GROUPS_LIMIT,
      furtherWeight: FURTHER_EVENTS,
    });
  }

  async submit(
    context: InvokeContext,
    submission: MeterSubmission,
  ): Promise<Exclude<MeterOutcome, { status: 'stale' }>> {
    let current = context;
    for (let attempt = 1; attempt <= TRIES_LIMIT; attempt += 1) {
      const request = await this.requestFor(current, submission, attempt === 1 ? 'known' : 'current');
      const outcome = await this.groups.submit(request, submission.weight);
      if (outcome.status !== 'stale') return outcome;
      if (current.rests) current = await current.rests.renew();
      await setTimeout(Math.random() * PAUSE_MS * attempt);
    }
    throw new LandlordError('unavailable', 'the tenant, its limits or the meters keep changing; try again', {
      retryAfterSeconds: 1,
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.groups.flush();
  }

  /** From memory where that is allowed; but nobody is refused from there. */
  private async requestFor(
    context: InvokeContext,
    submission: MeterSubmission,
    from: 'known' | 'current',
  ): Promise<MeterRequest> {
    const { tenantCode, demandOf, respond } = submission;
    const subject = await this.subjects[from === 'known' ? 'known' : 'of'](tenantCode);
    const meters = await this.catalogue[from]();
    try {
      const { idempotency } = context;
      return {
        tenantCode,
        origin: this.commandService.origin(context),
        pooledWith: subject.pooledWith,
        ...demandOf(subject, meters),
        carried: meters.carried,
        checks: this.checksOf(subject, meters, context.rests),
        ...(idempotency ? { idempotency: { ...idempotency, respond } } : {}),
      };
    } catch (error) {
      const isMade = error instanceof LandlordError && from === 'known';
      if (!isMade || (await this.catalogue.current()) === meters) throw error;
      return this.requestFor(context, submission, 'current');
    }
  }

  /**
   * What the request rests on: the subject, the meters, and the caller where it was admitted from memory. The same list for
   * the same three, so that those who share it are checked together.
   */
  private checksOf(
    { checks }: UsageSubject,
    meters: MeterCatalogue,
    rests: Resting | undefined,
  ): readonly ItemCheck[] {
    const known = this.lists.get(checks);
    if (known?.meters === meters && known.caller === rests?.checks) return known.all;
    const all = [...checks, catalogueCheck(meters), ...(rests?.checks ?? [])];
    this.lists.set(checks, { meters, caller: rests?.checks, all });
    return all;
  }
}

interface CheckList {
  readonly meters: MeterCatalogue;
  readonly caller: readonly ItemCheck[] | undefined;
  readonly all: readonly ItemCheck[];
}
