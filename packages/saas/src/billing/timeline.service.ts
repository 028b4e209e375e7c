import { DataService, type Item, type Page, tenantPk, tenantScope } from '@landlord/kernel';
import { Injectable } from '@nestjs/common';
import { PlanService } from '../plans/plan.service.js';
import {
  eventsEnd,
  SUBSCRIPTION_EVENT_PREFIX,
  subscriptionEventView,
} from '../subscriptions/subscription.event.item.js';
import { stateData } from '../subscriptions/subscription.event.js';
import { type ForecastStep } from '../subscriptions/subscription.forecast.service.js';
import { subscriptionFromItem } from '../subscriptions/subscription.item.js';
import { billingKey, billingStateOf, givenBackOf } from './billing-state.item.js';
import { type GivenBack, type PlanPrices } from './charge.js';
import { begunBefore, type TimelineEntry, type TimelineEvent, timelineOf } from './timeline.js';
import { billableState, timelineEventOf } from './timeline.schema.js';

const PAGE_LIMIT = 200;
const PAGES_LIMIT = 1_000;

export interface Told {
  readonly timeline: readonly TimelineEntry[];
  readonly items: ReadonlyMap<string, Item>;
}

/** Reads what a bill rests on. */
@Injectable()
export class TimelineService {
  constructor(
    private readonly dataService: DataService,
    private readonly planService: PlanService,
  ) {}

  /** Of a subscription up to the version of its item, and then as the steps would have it. */
  async timelineOf(item: Item, steps: readonly ForecastStep[]): Promise<TimelineEntry[]> {
    const told = (await this.eventItems(item)).flatMap(eventsIn);
    const begun = told.length === 0 ? [begunBefore(item.code, stateOf(subscriptionFromItem(item)))] : told;
    return timelineOf([...begun, ...steps.flatMap((step) => forecastEvents(item.code, step))]);
  }

  /** What the events of a subscription up to a version told, and the item of each by its id. */
  async toldBy(subscription: { tenantCode: string; code: string; version: number }): Promise<Told> {
    const items = await this.eventItems(subscription);
    return {
      timeline: timelineOf(items.flatMap(eventsIn)),
      items: new Map(items.map((each) => [each.code, each])),
    };
  }

  /** What void invoices of a subscription gave back. */
  async givenBackOf({ tenantCode, code }: { tenantCode: string; code: string }): Promise<GivenBack[]> {
    const scope = tenantScope(tenantCode);
    return givenBackOf(
      billingStateOf(await this.dataService.getItem(billingKey(tenantCode, code), { scope })),
    );
  }

  /** Each plan version that a timeline names. */
  plansOf(timeline: readonly TimelineEntry[]): Promise<PlanPrices[]> {
    const named = new Map(timeline.map(({ state }) => [`${state.planCode} ${state.planVersion}`, state]));
    const versions = [...named.values()];
    return Promise.all(
      versions.map(({ planCode, planVersion }) => this.planService.getVersion(planCode, planVersion)),
    );
  }

  private async eventItems({
    tenantCode,
    code,
    version,
  }: Pick<Item, 'tenantCode' | 'code' | 'version'>): Promise<Item[]> {
    const sk = { between: [`${SUBSCRIPTION_EVENT_PREFIX}${code}#`, eventsEnd(code, version)] as const };
    const items: Item[] = [];
    let cursor: string | null = null;
    for (let pages = 0; pages < PAGES_LIMIT; pages += 1) {
      const place = cursor === null ? {} : { cursor };
      const page: Page<Item> = await this.dataService.listItemsByPk(
        tenantPk(tenantCode),
        { sk, limit: PAGE_LIMIT, ...place },
        { scope: tenantScope(tenantCode) },
      );
      items.push(...page.items);
      cursor = page.nextCursor;
      if (cursor === null) return items;
    }
    throw new Error(`subscription ${code} has more than ${PAGES_LIMIT * PAGE_LIMIT} events`);
  }
}

function eventsIn(item: Item): readonly TimelineEvent[] {
  const event = timelineEventOf(subscriptionEventView(item));
  return event ? [event] : [];
}

function forecastEvents(code: string, { version, subscription, events }: ForecastStep): TimelineEvent[] {
  const after = stateOf(subscription);
  return events.map(({ name, effectiveAt }, index) => ({
    id: `${code}.${version}.${index}`,
    name,
    subscriptionVersion: version,
    index,
    effectiveAt,
    after,
  }));
}

function stateOf(subscription: Parameters<typeof stateData>[0]) {
  return billableState.parse(stateData(subscription));
}
