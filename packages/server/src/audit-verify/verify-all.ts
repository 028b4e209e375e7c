import {
  AUDIT_BEGIN,
  type AuditDifference,
  type AuditPart,
  CHAIN_START,
  type ChainHead,
  type Store,
  SYSTEM_SCOPE,
  verifyAudit,
} from '@landlord/kernel';
import { type NotedHeads } from './heads-file.js';

const PART_LIMIT = 10_000;
const PAGE_LIMIT = 200;

export interface Progress {
  readonly tenants: number;
  readonly entries: number;
  readonly items: number;
  /** The tenant at hand. */
  readonly tenantCode: string;
}

export interface VerifyRequest {
  /** Null: every tenant. */
  readonly tenant: string | null;
  readonly noted: NotedHeads;
  readonly onProgress: (progress: Progress) => void;
}

export interface VerifyResult {
  readonly tenants: number;
  readonly entries: number;
  readonly items: number;
  /** Commands from before the chain began. */
  readonly unchained: number;
  /** The first of each tenant. */
  readonly differences: readonly AuditDifference[];
  /** Where the verified chains end. */
  readonly heads: NotedHeads;
}

/** Verifies tenant after tenant; one that differs does not keep the others from being looked at. */
export async function verifyAll(store: Store, request: VerifyRequest): Promise<VerifyResult> {
  const run = new Run(store, request);
  for await (const { tenantCode } of headsOf(store, request.tenant)) await run.verify(tenantCode);
  return run.finish();
}

class Run {
  private tenants = 0;
  private entries = 0;
  private items = 0;
  private unchained = 0;
  private readonly differences: AuditDifference[] = [];
  private readonly heads: Record<string, NotedHeads[string]> = {};

  constructor(
    private readonly store: Store,
    private readonly request: VerifyRequest,
  ) {}

  async verify(tenantCode: string): Promise<void> {
    const noted = this.request.noted[tenantCode];
    let place: AuditPart['next'] = AUDIT_BEGIN;
    while (place) {
      const task = { scope: SYSTEM_SCOPE, tenantCode, place, limit: PART_LIMIT, noted };
      const part: AuditPart = await verifyAudit(this.store, task);
      this.take(part);
      place = part.next;
      const { tenants, entries, items } = this;
      this.request.onProgress({ tenants, entries, items, tenantCode });
    }
    this.tenants += 1;
  }

  finish(): VerifyResult {
    const { tenant, noted } = this.request;
    for (const [tenantCode, { sequence }] of Object.entries(noted)) {
      const isAsked = tenant === null || tenant === tenantCode;
      if (isAsked && !Object.hasOwn(this.heads, tenantCode) && !this.isDifferent(tenantCode)) {
        this.differences.push(missingChain(tenantCode, sequence));
      }
    }
    const { tenants, entries, items, unchained, differences, heads } = this;
    return { tenants, entries, items, unchained, differences, heads };
  }

  private take({ entries, states, head, verifiedTo, difference, next }: AuditPart): void {
    this.entries += entries;
    this.items += states;
    if (difference) this.differences.push(difference);
    if (next || difference) return;
    this.unchained += head.unchained;
    this.heads[head.tenantCode] = verifiedTo;
  }

  private isDifferent(tenantCode: string): boolean {
    return this.differences.some((difference) => difference.tenantCode === tenantCode);
  }
}

async function* headsOf(store: Store, tenant: string | null): AsyncGenerator<Pick<ChainHead, 'tenantCode'>> {
  if (tenant !== null) {
    const head = await store.auditHead(SYSTEM_SCOPE, tenant);
    if (head) yield head;
    return;
  }
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Store['auditHeads']>> = await store.auditHeads(SYSTEM_SCOPE, {
      limit: PAGE_LIMIT,
      ...(cursor === null ? {} : { cursor }),
    });
    yield* page.items;
    cursor = page.nextCursor;
  } while (cursor !== null);
}

function missingChain(tenantCode: string, sequence: number): AuditDifference {
  return {
    tenantCode,
    flaw: 'noted_head',
    sequence: CHAIN_START.sequence,
    key: null,
    version: null,
    message: `${tenantCode}: there is no chain; ${sequence} entries were noted earlier`,
  };
}
