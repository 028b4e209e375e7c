import {
  calendarMonthBounds,
  dayStartsOf,
  hourStartsOf,
  type InvokeContext,
  invalidInput,
  type Month,
  requireTenant,
  STORE,
  type Store,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { type MeterCatalogue } from '../meters/meter.catalogue.js';
import { MeterCatalogueService } from '../meters/meter.catalogue.service.js';
import { type Meter } from './meter.js';
import { type Level } from './usage.level.js';
import { ownOf } from './usage.months.js';
import { groupedBy, type SeriesPoint, seriesOf } from './usage.series.js';
import { type SeriesQuery, type SeriesView } from './usage.series.schema.js';
import { UsageReaderService } from './usage-reader.service.js';
import { UsageSubjectService } from './usage-subject.service.js';

/** A month has at most 745 hours; with 50 groups and the rest that is 38,000 for a metric. */
const HOURS_LIMIT = 200_000;
const HOURLY_METERS_LIMIT = 30;

/** What a tenant used by day or hour. */
@Injectable()
export class UsageSeriesService {
  constructor(
    @Inject(STORE) private readonly store: Store,
    private readonly subjects: UsageSubjectService,
    private readonly reader: UsageReaderService,
    private readonly catalogue: MeterCatalogueService,
  ) {}

  /** A month of own use. `validation_failed` for a metric or a dimension that there is not. */
  async get(
    context: InvokeContext,
    { period, by, ...asked }: SeriesQuery & { period: Month },
  ): Promise<SeriesView> {
    const catalogue = await this.catalogue.current();
    const meters = metersFor(catalogue, asked.metric);
    requireBounded(meters, by);
    requireDimension(meters, asked);
    const { tenantCode, timezone } = await this.subjects.of(requireTenant(context));
    const { startsAt: from, endsAt: until } = calendarMonthBounds(period, timezone);
    const level = await this.reader.levelOf(tenantCode, period);
    const query = { tenantCode, from, until, ...asked, limit: HOURS_LIMIT };
    const hours = groupedBy(await this.store.usageLog.hours(query), ({ metric }) => metric);
    const starts = (by === 'day' ? dayStartsOf : hourStartsOf)(period, timezone);
    const pointsOf = (meter: Meter) =>
      seriesOf({
        starts,
        end: until,
        hours: hours.get(meter.metric) ?? [],
        levelAtEnd: levelOf(meter, level),
      });
    return {
      period,
      by,
      timezone,
      groupBy: asked.groupBy ?? null,
      series: meters.map((meter) => ({
        metric: meter.metric,
        points: pointsOf(meter).map((point) => pointView(point, asked.groupBy !== undefined)),
      })),
    };
  }
}

/** Retired ones are still shown where they are asked for. */
function metersFor({ active, all }: MeterCatalogue, metric: string | undefined): readonly Meter[] {
  if (metric === undefined) return active;
  const meter = all.find((each) => each.metric === metric);
  if (meter) return [meter];
  throw invalidInput('metric', `there is no metric "${metric}"; see GET /meters`);
}

function requireBounded(meters: readonly Meter[], by: SeriesQuery['by']): void {
  if (by === 'day' || meters.length <= HOURLY_METERS_LIMIT) return;
  throw invalidInput(
    'metric',
    `is required by hour, since there are more than ${HOURLY_METERS_LIMIT} meters`,
  );
}

function requireDimension(
  [meter]: readonly Meter[],
  { metric, groupBy }: Pick<SeriesQuery, 'metric' | 'groupBy'>,
): void {
  if (groupBy === undefined) return;
  if (metric === undefined || !meter)
    throw invalidInput('groupBy', 'is by a dimension of one meter: name the metric, too');
  const { dimensions } = meter;
  if (dimensions.includes(groupBy)) return;
  const known = dimensions.length === 0 ? 'none' : dimensions.join(', ');
  throw invalidInput('groupBy', `"${groupBy}" is no dimension of ${metric}; it has ${known}`);
}

/** Where what is carried stands; what begins anew each month is what came in between. */
function levelOf({ resets, kind, metric }: Meter, level: Level) {
  const isLevel = resets === 'never' || kind === 'gauge' || kind === 'max' || kind === 'latest';
  return isLevel ? ownOf({ level }, metric) : null;
}

function pointView({ from, to, quantity, groups }: SeriesPoint, isGrouped: boolean) {
  const grouped = groups.map((group) => ({ value: group.value, quantity: group.quantity.toJSON() }));
  return { from, to, quantity: quantity.toJSON(), ...(isGrouped ? { groups: grouped } : {}) };
}
