import { addMoney, CommandService, type InvokeContext, money } from '@landlord/kernel';
import { Injectable } from '@nestjs/common';
import { type Forecast, SubscriptionForecast } from '../subscriptions/subscription.forecast.service.js';
import { type ChangePlanInput } from '../subscriptions/subscription.schema.js';
import { type ChargeLine, DEFAULT_BILLING } from './charge.js';
import { chargesOf, difference } from './charges.js';
import { type PreviewView, previewViewOf } from './preview.schema.js';
import { priceBookOf } from './price-book.js';
import { TimelineService } from './timeline.service.js';

/** What a change would cost, by the rules of the change and of the bill. Of the subscription nothing is written. */
@Injectable()
export class PreviewService {
  constructor(
    private readonly commandService: CommandService,
    private readonly forecast: SubscriptionForecast,
    private readonly timelines: TimelineService,
  ) {}

  /** Throws all that the change itself would. */
  async planChange(context: InvokeContext, input: ChangePlanInput): Promise<PreviewView> {
    const view = await this.viewOf(await this.forecast.ofPlanChange(context, input));
    // Kept under the caller's idempotency key, if there is one.
    return this.commandService.commit({ commands: [], respond: () => view }, { invokeContext: context });
  }

  private async viewOf(forecast: Forecast): Promise<PreviewView> {
    const { item, steps, effective, effectiveAt, subscription } = forecast;
    const timeline = await this.timelines.timelineOf(item, effective ? [...steps, effective] : steps);
    const plans = await this.timelines.plansOf(timeline);
    const givenBack = await this.timelines.givenBackOf(item);
    const bill = { plans, options: DEFAULT_BILLING, givenBack };
    const before = timeline.slice(0, -1);
    const lines = effective
      ? difference(chargesOf({ ...bill, timeline }), chargesOf({ ...bill, timeline: before }))
      : [];
    const { state } = lastOf(timeline);
    const { currency } = priceBookOf(plans)(state);
    return previewViewOf({ effectiveAt, lines, subtotal: sumOf(lines, currency), subscription });
  }
}

function sumOf(lines: readonly ChargeLine[], currency: string) {
  return lines.reduce(
    (sum, { amountMinor, currency: of }) => addMoney(sum, money(amountMinor, of)),
    money(0n, currency),
  );
}

function lastOf<T>(entries: readonly T[]): T {
  const last = entries.at(-1);
  if (last === undefined) throw new Error('a timeline has at least one entry');
  return last;
}
