import { DataService, type Item, tenantPk, tenantScope } from '@landlord/kernel';
import { Injectable } from '@nestjs/common';
import { PlanService } from '../plans/plan.service.js';
import {
  SUBSCRIPTION_EVENT_PREFIX,
  subscriptionEventView,
} from '../subscriptions/subscription.event.item.js';
import { stateData } from '../subscriptions/subscription.event.js';
import { type ForecastStep } from '../subscriptions/subscription.forecast.service.js';
import { subscriptionFromItem } from '../subscriptions/subscription.item.js';
import { type PlanPrices } from './charge.js';
import { begunBefore, type TimelineEntry, type TimelineEvent, timelineOf } from './timeline.js';
import { billableState, timelineEventOf } from './timeline.schema.js';

const PAGE_LIMIT = 200;
const PAGES_LIMIT = 1_000;

/** Reads what a bill rests on. */
@Injectable()
export class TimelineService {
  constructor(
    private readonly dataService: DataService,
    private readonly planService: PlanService,
  ) {}

  /** Of a subscription up to the version of its item, and then as the steps would have it. */
  async timelineOf(item: Item, steps: readonly ForecastStep[]): Promise<TimelineEntry[]> {
    const told = await this.eventsOf(item);
    const begun = told.length === 0 ? [begunBefore(item.code, stateOf(subscriptionFromItem(item)))] : told;
    return timelineOf([...begun, ...steps.flatMap((step) => forecastEvents(item.code, step))]);
  }

  /** Each plan version that a timeline names. */
  plansOf(timeline: readonly TimelineEntry[]): Promise<PlanPrices[]> {
    const named = new Map(timeline.map(({ state }) => [`${state.planCode} ${state.planVersion}`, state]));
    const versions = [...named.values()];
    return Promise.all(
      versions.map(({ planCode, planVersion }) => this.planService.getVersion(planCode, planVersion)),
    );
  }

  private async eventsOf({ tenantCode, code, version }: Item): Promise<TimelineEvent[]> {
    const query = { sk: { beginsWith: `${SUBSCRIPTION_EVENT_PREFIX}${code}#` }, limit: PAGE_LIMIT };
    const events: TimelineEvent[] = [];
    let cursor: string | null = null;
    for (let pages = 0; pages < PAGES_LIMIT; pages += 1) {
      const place = cursor === null ? {} : { cursor };
      const page = await this.dataService.listItemsByPk(
        tenantPk(tenantCode),
        { ...query, ...place },
        { scope: tenantScope(tenantCode) },
      );
      events.push(...page.items.flatMap((each) => timelineEventOf(subscriptionEventView(each)) ?? []));
      cursor = page.nextCursor;
      if (cursor === null) return events.filter(({ subscriptionVersion }) => subscriptionVersion <= version);
    }
    throw new Error(`subscription ${code} has more than ${PAGES_LIMIT * PAGE_LIMIT} events`);
  }
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
