import { type FeedBacklog, type Store } from '@landlord/kernel';
import { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { routeOf } from '../http/request-log.js';

const DURATION_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Prometheus metrics of this process. Labels have few values; no tenant is told apart. */
export class Metrics {
  private readonly registry = new Registry();
  private readonly durations: Histogram<'method' | 'route' | 'status'>;
  private readonly series = new Map<string, { observe(seconds: number): void }>();

  constructor(store: Store) {
    collectDefaultMetrics({ register: this.registry });
    this.durations = new Histogram({
      name: 'landlord_http_request_duration_seconds',
      help: 'Time from the first byte of a request to the last of its answer.',
      labelNames: ['method', 'route', 'status'],
      buckets: DURATION_BUCKETS_SECONDS,
      registers: [this.registry],
    });
    this.watchFeed(store);
  }

  observe(request: FastifyRequest, reply: FastifyReply): void {
    this.seriesOf(request, reply.statusCode).observe(reply.elapsedTime / 1000);
  }

  /** Kept, because finding it anew costs more than observing. As few as routes and statuses are. */
  private seriesOf(request: FastifyRequest, statusCode: number): { observe(seconds: number): void } {
    const [method, route, status] = [request.method, routeOf(request), String(statusCode)];
    const name = `${method} ${route} ${status}`;
    const series = this.series.get(name) ?? this.durations.labels({ method, route, status });
    this.series.set(name, series);
    return series;
  }

  addRoute(fastify: FastifyInstance): void {
    fastify.get('/metrics', { config: { isPublic: true } }, async (_request, reply) => {
      const text = await this.registry.metrics();
      return reply.type(this.registry.contentType).send(text);
    });
  }

  /** Each gauge asks for itself: a scrape reads them side by side, and one that another sets would lag behind. */
  private watchFeed(store: Store): void {
    const watch = (name: string, help: string, read: (backlog: FeedBacklog) => number) => {
      new Gauge({
        name,
        help,
        registers: [this.registry],
        async collect() {
          // Without the store the figures are unknown, and the other metrics matter all the more.
          const backlog = await store.feed.backlog().catch(() => null);
          this.set(backlog ? read(backlog) : Number.NaN);
        },
      });
    };
    watch(
      'landlord_feed_pending_items',
      'Items with undelivered changes.',
      ({ pendingItems }) => pendingItems,
    );
    watch(
      'landlord_feed_oldest_age_seconds',
      'Age of the oldest undelivered change.',
      ({ oldestAgeMs }) => oldestAgeMs / 1000,
    );
    watch(
      'landlord_feed_dead_letters',
      'Changes set aside after failing too often.',
      ({ deadLetters }) => deadLetters,
    );
  }
}
