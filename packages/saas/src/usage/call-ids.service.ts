import { createHash, randomUUID } from 'node:crypto';
import { type IdempotencyClaim, type InvokeContext } from '@landlord/kernel';

/**
 * Ids for what an application counts in a request without naming it. Under an `Idempotency-Key` they follow from the key
 * and from how many of the kind the request has counted before, so that its repetition counts the same again, which
 * counts nothing. Without one each is new: a request id is no key, callers may send one for many requests.
 */
export class CallIds {
  private readonly counts = new WeakMap<IdempotencyClaim, Map<string, number>>();

  next({ idempotency, source }: Pick<InvokeContext, 'idempotency' | 'source'>, kind: string): string {
    if (!idempotency) return randomUUID();
    const { owner, key } = idempotency;
    return createHash('sha256')
      .update(JSON.stringify([owner, key, source, kind, this.countOf(idempotency, kind)]))
      .digest('base64url');
  }

  private countOf(claim: IdempotencyClaim, kind: string): number {
    const counts = this.counts.get(claim) ?? new Map<string, number>();
    this.counts.set(claim, counts);
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    return count;
  }
}
