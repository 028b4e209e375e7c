import type { Batch, Entry } from '../usage-event.js';
import type { Answer } from './answer.js';
import { type RetryLimits, retryDelayMs } from './retry.js';
import type { SendBatch } from './usage-api.js';

/** What came of the events; each event given to delivery is reported exactly once. */
export interface DeliveryReport {
  taken(tenant: string, counts: { accepted: number; duplicates: number }): void;
  /** The server found fault with what the line says. */
  broken(entry: Entry, reason: string): void;
  unknownTenant(tenant: string, entries: readonly Entry[]): void;
  undelivered(entries: readonly Entry[], reason: string): void;
}

export interface DeliveryPorts {
  send: SendBatch;
  report: DeliveryReport;
  /** Aborted when nothing more is to be sent. */
  stopped: AbortSignal;
  stop(reason: string): void;
  /** Waits, or returns at once when aborted. */
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
  random(): number;
}

export interface DeliveryLimits {
  retry: RetryLimits;
  /** Requests for one batch, counting the parts it is taken apart into (not their retries). */
  maxRequestsPerBatch: number;
  /** Batches given up in a row before the run is stopped. */
  maxGivenUpInRow: number;
}

/** Brings batches to the server, whatever it answers: retries, takes out faulty lines, gives up within bounds. */
export class Delivery {
  private givenUpInRow = 0;

  constructor(
    private readonly ports: DeliveryPorts,
    private readonly limits: DeliveryLimits,
  ) {}

  async deliver({ tenant, entries }: Batch): Promise<void> {
    let parts: Entry[][] = [[...entries]];
    for (let requests = 0; parts.length > 0; requests += 1) {
      if (requests === this.limits.maxRequestsPerBatch) return this.giveUp(parts.flat());
      const [part = [], ...later] = parts;
      const answer = await this.sendPatiently({ tenant, entries: part });
      if (answer === undefined)
        return this.ports.report.undelivered(parts.flat(), 'not sent: the run was stopped');
      if (answer.kind === 'unknown-tenant') return this.ports.report.unknownTenant(tenant, parts.flat());
      parts = [...this.settle(tenant, part, answer), ...later];
    }
    this.givenUpInRow = 0;
  }

  /** Reports what is settled and returns what is to be sent again, in parts. */
  private settle(
    tenant: string,
    part: Entry[],
    answer: Exclude<Answer, { kind: 'unknown-tenant' }>,
  ): Entry[][] {
    const { report } = this.ports;
    switch (answer.kind) {
      case 'taken':
        report.taken(tenant, answer);
        return [];
      case 'refused':
        return this.settleRefusal(part, answer);
      case 'unavailable':
      case 'hopeless':
        this.ports.stop(answer.reason);
        report.undelivered(part, answer.reason);
        return [];
      default:
        return answer satisfies never;
    }
  }

  private settleRefusal(part: Entry[], answer: Extract<Answer, { kind: 'refused' }>): Entry[][] {
    if (answer.faults.size > 0) {
      part.forEach((entry, index) => {
        const reason = answer.faults.get(index);
        if (reason !== undefined) this.reportFault(entry, answer.status, reason);
      });
      const rest = part.filter((_, index) => !answer.faults.has(index));
      return rest.length === 0 ? [] : [rest];
    }
    const [only] = part;
    if (part.length > 1) return halves(part);
    if (only !== undefined) this.reportFault(only, answer.status, answer.reason);
    return [];
  }

  private reportFault(entry: Entry, status: number, reason: string): void {
    const hint = 'already counted with other content; was it imported before with other options?';
    if (status === 409) this.ports.report.undelivered([entry], `${hint} (${reason})`);
    else this.ports.report.broken(entry, reason);
  }

  private giveUp(entries: Entry[]): void {
    this.ports.report.undelivered(entries, 'not sent: too many events of this batch were refused');
    this.givenUpInRow += 1;
    if (this.givenUpInRow >= this.limits.maxGivenUpInRow)
      this.ports.stop(`${this.givenUpInRow} batches in a row were refused; see the lines listed`);
  }

  /** The server's answer, undefined when stopped before there was one. */
  private async sendPatiently(batch: Batch): Promise<Answer | undefined> {
    const { stopped, random } = this.ports;
    for (let attempt = 1; !stopped.aborted; attempt += 1) {
      const answer = await this.ports.send(batch);
      if (answer.kind !== 'unavailable') return answer;
      if (attempt >= this.limits.retry.maxAttempts)
        return { ...answer, reason: `${answer.reason}, ${attempt} attempts; run it again later` };
      const failure = { attempt, retryAfterMs: answer.retryAfterMs, random: random() };
      await this.ports.sleep(retryDelayMs(this.limits.retry, failure), stopped);
    }
    return undefined;
  }
}

function halves(part: Entry[]): Entry[][] {
  const middle = Math.ceil(part.length / 2);
  return [part.slice(0, middle), part.slice(middle)];
}
