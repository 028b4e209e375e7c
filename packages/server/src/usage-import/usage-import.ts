import { Batcher, type BatcherLimits } from './delivery/batcher.js';
import { Delivery, type DeliveryLimits, type DeliveryPorts } from './delivery/delivery.js';
import { Lanes } from './delivery/lanes.js';
import { EventIds } from './event-id.js';
import type { LineReader, Reading, Usage } from './formats/reading.js';
import type { Line } from './input/lines.js';
import type { ImportRecord } from './report/import-record.js';
import type { Batch, Entry } from './usage-event.js';

export interface ImportSettings extends BatcherLimits, DeliveryLimits {
  /** Prefix of ids made from content; may be empty. */
  source: string;
  maxInFlight: number;
}

export interface ImportPorts extends Omit<DeliveryPorts, 'report'> {
  /** Lines, in groups of any size. */
  lines: AsyncIterable<readonly Line[]>;
  reader: LineReader;
  record: ImportRecord;
}

/** One run: read lines, make events, collect them by tenant, deliver several batches side by side. */
export class UsageImport {
  private readonly ids: EventIds;
  private readonly batcher: Batcher;
  private readonly lanes: Lanes;
  private readonly delivery: Delivery;

  constructor(
    private readonly ports: ImportPorts,
    settings: ImportSettings,
  ) {
    this.ids = new EventIds(settings.source);
    this.batcher = new Batcher(settings);
    this.lanes = new Lanes(settings.maxInFlight);
    this.delivery = new Delivery({ ...ports, report: ports.record }, settings);
  }

  get peak(): { heldEvents: number; requests: number } {
    return { heldEvents: this.batcher.peakHeld, requests: this.lanes.peak };
  }

  /** Returns when everything is delivered or reported. @throws when the file cannot be read; then too all is reported. */
  async run(): Promise<void> {
    try {
      await this.readAll();
    } finally {
      await this.flush();
    }
  }

  private async readAll(): Promise<void> {
    const { reader, record, stopped } = this.ports;
    for await (const lines of this.ports.lines) {
      for (const line of lines) {
        if (stopped.aborted) return;
        record.lines += 1;
        await this.takeAll(reader.read(line));
      }
    }
    await this.takeAll(reader.end());
  }

  private async takeAll(readings: readonly Reading[]): Promise<void> {
    for (const reading of readings) {
      const sending = this.take(reading);
      if (sending !== undefined) await sending;
    }
  }

  private take(reading: Reading): Promise<void> | undefined {
    const { record } = this.ports;
    const { verdict, lineNumber } = reading;
    switch (verdict.kind) {
      case 'usage':
        return this.collect(reading, verdict.usage);
      case 'broken':
        record.brokenLine(lineNumber, verdict.reason);
        return undefined;
      case 'without-tenant':
        record.withoutTenant(verdict.segment);
        return undefined;
      case 'unfinished':
        record.hasUnfinishedLine = true;
        return undefined;
      case 'blank':
        record.blank += 1;
        return undefined;
      default:
        return verdict satisfies never;
    }
  }

  private collect(reading: Reading, usage: Usage): Promise<void> | undefined {
    const entry = this.entryOf(reading, usage);
    if (this.ports.record.isUnknown(usage.tenant)) {
      this.ports.record.unknownTenant(usage.tenant, [entry]);
      return undefined;
    }
    const batch = this.batcher.add(usage.tenant, entry);
    return batch === undefined ? undefined : this.dispatch(batch);
  }

  private entryOf({ lineNumber, bytes, offset }: Reading, usage: Usage): Entry {
    const { timestampMs, metric, quantity, properties } = usage;
    return {
      lineNumber,
      event: {
        id: usage.id ?? this.ids.idOf({ bytes, timestampMs, offset }),
        metric,
        timestamp: new Date(timestampMs).toISOString(),
        ...(quantity === undefined ? {} : { quantity }),
        ...(properties === undefined ? {} : { properties }),
      },
    };
  }

  private dispatch(batch: Batch): Promise<void> {
    return this.lanes.start(() => this.delivery.deliver(batch));
  }

  private async flush(): Promise<void> {
    for (let batch = this.batcher.next(); batch !== undefined; batch = this.batcher.next())
      await this.dispatch(batch);
    await this.lanes.drain();
  }
}
