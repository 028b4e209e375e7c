import {
  AUDIT_BEGIN,
  type AuditPlace,
  HistoryService,
  type InvokeContext,
  invalidInput,
  requireTenant,
  STORE,
  type Store,
  tenantScope,
  verifyAudit,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { TenantService } from '../tenants/tenant.service.js';
import {
  type AuditQueryInput,
  auditEntry,
  differenceFields,
  itemState,
  type VerificationView,
} from './audit.schema.js';

const place = z.strictObject({
  phase: z.enum(['chain', 'states']),
  sequence: z.int().min(0),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  remainderHash: z.string().regex(/^[0-9a-f]{64}$/),
  cursor: z.string().max(8192).nullable(),
});

/** Who did what, what something was at a time, and whether the log is the one that was written. */
@Injectable()
export class AuditService {
  constructor(
    private readonly historyService: HistoryService,
    private readonly tenantService: TenantService,
    @Inject(STORE) private readonly store: Store,
  ) {}

  /** Newest first. Another tenant's item is one to which nothing was ever done. */
  async list(context: InvokeContext, { item: key, asOf, ...query }: AuditQueryInput) {
    const { tenantCode } = context.user;
    if (tenantCode !== null) await this.tenantService.get(context, tenantCode);
    const filters = { ...(key ? { key } : {}), ...(asOf === undefined ? {} : { until: asOf }) };
    const options = { invokeContext: context };
    const { items, nextCursor } = await this.historyService.listCommands({ ...query, ...filters }, options);
    const page = { items: items.map(auditEntry), nextCursor };
    if (!key || asOf === undefined) return page;
    const state = await this.historyService.getItemAsOf(key, asOf, options);
    return { ...page, state: state && itemState(state) };
  }

  /** A part of the tenant's log; go on with `nextCursor` until it is null. */
  async verify(
    context: InvokeContext,
    { limit, cursor }: { limit: number; cursor?: string },
  ): Promise<VerificationView> {
    const tenantCode = requireTenant(context);
    await this.tenantService.get(context, tenantCode);
    const scope = tenantScope(tenantCode);
    const part = await verifyAudit(this.store, { scope, tenantCode, place: placeOf(cursor), limit });
    const { entries, states, head, difference, next } = part;
    return {
      verified: difference === null,
      entries,
      items: states,
      unchained: head.unchained,
      head: { sequence: head.sequence, hash: head.hash },
      firstDifference: difference && differenceFields(difference),
      nextCursor: next && Buffer.from(JSON.stringify(next)).toString('base64url'),
    };
  }
}

/** Whoever makes up a cursor deceives only themselves: it says what the caller has seen verified. */
function placeOf(cursor: string | undefined): AuditPlace {
  if (cursor === undefined) return AUDIT_BEGIN;
  try {
    return place.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw invalidInput('cursor', 'is not a cursor of this list; begin again without one');
  }
}
