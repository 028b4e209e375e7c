import { type JsonObject, sameJson } from '../pure/json.js';
import { generateId, type ItemKey, tenantPk } from '../pure/keys.js';
import { CHAIN_START, contentHashOf, linkHashOf, remainderHashOf } from './audit-chain.js';
import { type AuditLink } from './command.js';
import { ERASURE_PREFIX, type ErasureCertificate } from './portability.js';
import { type ChainEntry, type ChainHead, type KnownState, type Scope, type Store } from './store.js';

const PAGE_LIMIT = 200;

/** What can be wrong with a log. */
export type AuditFlaw =
  /** The command is not the one that was carried out. */
  | 'content'
  /** The link does not follow from the one before. */
  | 'link'
  /** A sequence is missing. */
  | 'gap'
  /** The chain does not end where its head says. */
  | 'head'
  /** The chain is not the one whose head was noted earlier. */
  | 'noted_head'
  /** The item is not what its last command left behind. */
  | 'state'
  /** There are more or fewer commands outside the chain than when it began. */
  | 'unchained'
  /** What an erasure left behind is not what its certificate says. */
  | 'erasure';

export interface AuditDifference {
  readonly tenantCode: string;
  readonly flaw: AuditFlaw;
  readonly sequence: number | null;
  /** The item. */
  readonly key: ItemKey | null;
  readonly version: number | null;
  /** What differs, for a person. */
  readonly message: string;
}

export type NotedHead = Pick<AuditLink, 'sequence' | 'hash'>;

/** How far a verification has come. Plain JSON, so that it can go on in another call. */
export interface AuditPlace {
  readonly phase: 'chain' | 'states';
  /** The last link that was verified. */
  readonly sequence: number;
  readonly hash: string;
  /** Over what an erasure left, as far as it was read. */
  readonly remainderHash: string;
  /** Where the states go on. */
  readonly cursor: string | null;
}

export interface AuditPart {
  /** Links and states that were verified in this part. */
  readonly entries: number;
  readonly states: number;
  readonly head: ChainHead;
  /** The last link that was verified, in this part or before. */
  readonly verifiedTo: NotedHead;
  readonly difference: AuditDifference | null;
  /** Null when all is verified, or something differs. */
  readonly next: AuditPlace | null;
}

export const AUDIT_BEGIN: AuditPlace = {
  phase: 'chain',
  ...CHAIN_START,
  remainderHash: CHAIN_START.hash,
  cursor: null,
};

/** As much of a store as a verification reads. */
export type AuditReader = Pick<
  Store,
  'auditChain' | 'auditHead' | 'countUnchained' | 'knownStates' | 'query'
>;

export interface AuditTask {
  readonly scope: Scope;
  readonly tenantCode: string;
  readonly place: AuditPlace;
  /** Links and states to look at before handing back, at least; a page of 200 is finished. */
  readonly limit: number;
  /** The head as written down earlier at a place that whoever writes to the store cannot reach. */
  readonly noted?: NotedHead | undefined;
}

/**
 * Verifies a part of a tenant's log, while others write: every link in order, its content and the head; then every
 * item against its last command. Memory is bounded by a page.
 */
export async function verifyAudit(store: AuditReader, task: AuditTask): Promise<AuditPart> {
  const verification = new Verification(store, task);
  return verification.run();
}

type Certificate = Pick<ErasureCertificate, 'sequences' | 'remainderHash'>;
type Flaw = Pick<AuditDifference, 'flaw' | 'message'>;

function contentFlaw(record: ChainEntry['record'], contentHash: string): Flaw | null {
  if (!record) return { flaw: 'gap', message: 'the command is missing' };
  if (contentHashOf(record) === contentHash) return null;
  return { flaw: 'content', message: 'the command is not the one that was carried out' };
}

class Verification {
  private place: AuditPlace;
  private entries = 0;
  private states = 0;
  private difference: AuditDifference | null = null;
  private isOver = false;
  private certificate: Certificate | null = null;

  constructor(
    private readonly store: AuditReader,
    private readonly task: AuditTask,
  ) {
    this.place = task.place;
  }

  async run(): Promise<AuditPart> {
    if (this.place.phase === 'chain') await this.takeCertificate();
    while (!this.isOver && !this.difference && this.entries + this.states < this.task.limit) {
      if (this.place.phase === 'chain') await this.verifyLinks();
      else await this.verifyStates();
    }
    if (this.difference && (await this.wasErasedMeanwhile())) return this.startAnew();
    const { entries, states, difference } = this;
    const head = await this.head();
    const verifiedTo = { sequence: this.place.sequence, hash: this.place.hash };
    const next = this.isOver || difference ? null : this.place;
    return { entries, states, head, verifiedTo, difference, next };
  }

  /** What was verified before the tenant was erased says nothing about what the erasure left. */
  private async takeCertificate(): Promise<void> {
    this.certificate = await this.readCertificate();
    const isFromBefore = this.place.sequence > 0 && this.place.remainderHash === CHAIN_START.hash;
    if (this.certificate && isFromBefore) this.place = AUDIT_BEGIN;
  }

  private async wasErasedMeanwhile(): Promise<boolean> {
    return this.certificate === null && (await this.readCertificate()) !== null;
  }

  private startAnew(): Promise<AuditPart> {
    return verifyAudit(this.store, { ...this.task, place: AUDIT_BEGIN });
  }

  private async verifyLinks(): Promise<void> {
    const { scope, tenantCode } = this.task;
    const query = { tenantCode, afterSequence: this.place.sequence, limit: PAGE_LIMIT };
    const entries = await this.store.auditChain(scope, query);
    for (const entry of entries) {
      this.difference = this.linkDifference(entry);
      if (this.difference) return;
      this.entries += 1;
      const remainderHash = this.remainderAfter(entry);
      this.place = { ...this.place, sequence: entry.sequence, hash: entry.hash, remainderHash };
    }
    if (entries.length < PAGE_LIMIT) await this.verifyEnd();
  }

  private linkDifference(entry: ChainEntry): AuditDifference | null {
    const { sequence, contentHash, hash, record } = entry;
    const expected = this.place.sequence + 1;
    if (sequence !== expected)
      return this.differs(
        'gap',
        { sequence: expected },
        `sequence ${expected} is missing; the next is ${sequence}`,
      );
    const flaw = this.isErased(sequence) ? this.remainderFlaw(entry) : contentFlaw(record, contentHash);
    if (flaw) return this.differs(flaw.flaw, entry, flaw.message);
    if (linkHashOf(this.place.hash, entry) !== hash)
      return this.differs('link', entry, 'its hash does not follow from the entry before');
    const { noted } = this.task;
    if (noted?.sequence === sequence && noted.hash !== hash)
      return this.differs('noted_head', entry, `the head noted earlier has the hash ${noted.hash} here`);
    return null;
  }

  private isErased(sequence: number): boolean {
    return this.certificate?.sequences.some(([from, to]) => sequence >= from && sequence <= to) ?? false;
  }

  private remainderAfter({ sequence, record }: ChainEntry): string {
    const { remainderHash } = this.place;
    return record && this.isErased(sequence) ? remainderHashOf(remainderHash, record) : remainderHash;
  }

  /** What is left of erased entries is compared as a whole, at the last of them. */
  private remainderFlaw(entry: ChainEntry): Flaw | null {
    const { certificate } = this;
    if (!certificate || entry.sequence !== certificate.sequences.at(-1)?.[1]) return null;
    if (this.remainderAfter(entry) === certificate.remainderHash) return null;
    return { flaw: 'erasure', message: 'what the erasure left is not what its certificate says' };
  }

  /** Believed until its own command and state are verified, which come later. */
  private async readCertificate(): Promise<Certificate | null> {
    const { scope, tenantCode } = this.task;
    const query = { pk: tenantPk(tenantCode), sk: { beginsWith: ERASURE_PREFIX }, limit: 1 };
    const [item] = (await this.store.query(scope, query)).items;
    return item ? (item.attributes as unknown as Certificate) : null;
  }

  /** Whoever writes meanwhile moves the head on: then there is more to read. */
  private async verifyEnd(): Promise<void> {
    const { scope, tenantCode } = this.task;
    const head = await this.head();
    if (head.sequence > this.place.sequence) {
      const query = { tenantCode, afterSequence: this.place.sequence, limit: 1 };
      if ((await this.store.auditChain(scope, query)).length > 0) return;
    }
    this.difference = this.endDifference(head, await this.store.countUnchained(scope, tenantCode));
    if (!this.difference) this.place = { ...this.place, phase: 'states', cursor: null };
  }

  private endDifference(head: ChainHead, unchained: number): AuditDifference | null {
    const { sequence, hash } = this.place;
    const { noted } = this.task;
    if (head.sequence !== sequence)
      return this.differs('head', { sequence }, `the chain ends here, and its head says ${head.sequence}`);
    if (head.hash !== hash)
      return this.differs(
        'head',
        { sequence },
        'the hash of the head is another than that of the last entry',
      );
    if (noted && noted.sequence > sequence)
      return this.differs(
        'noted_head',
        { sequence },
        `the chain ends here; ${noted.sequence} was noted earlier`,
      );
    if (head.unchained !== unchained) {
      const message = `${unchained} commands are outside the chain, and ${head.unchained} were when it began`;
      return this.differs('unchained', { sequence: null }, message);
    }
    return null;
  }

  private async verifyStates(): Promise<void> {
    const { scope, tenantCode } = this.task;
    const { cursor } = this.place;
    const query = { tenantCode, limit: PAGE_LIMIT, ...(cursor === null ? {} : { cursor }) };
    const { items, nextCursor } = await this.store.knownStates(scope, query);
    for (const state of items) {
      this.difference = this.stateDifference(state);
      if (this.difference) return;
      this.states += 1;
    }
    this.place = { ...this.place, cursor: nextCursor };
    this.isOver = nextCursor === null;
  }

  private stateDifference({ pk, sk, item, last }: KnownState): AuditDifference | null {
    const where = { sequence: last?.link?.sequence ?? null, record: last, key: { pk, sk } };
    if (!last) return this.differs('state', where, 'no command made this item');
    if (!item) return this.differs('state', where, 'the item that its commands made is missing');
    if (sameJson(item as unknown as JsonObject, last.item as unknown as JsonObject)) return null;
    return this.differs('state', where, 'the item is not what its last command left behind');
  }

  private async head(): Promise<ChainHead> {
    const { scope, tenantCode } = this.task;
    return (
      (await this.store.auditHead(scope, tenantCode)) ?? {
        tenantCode,
        ...CHAIN_START,
        unchained: 0,
        isSealed: false,
      }
    );
  }

  private differs(
    flaw: AuditFlaw,
    at: { sequence: number | null; record?: ChainEntry['record']; key?: ItemKey },
    what: string,
  ): AuditDifference {
    const { tenantCode } = this.task;
    const key = at.key ?? (at.record ? { pk: at.record.pk, sk: at.record.sk } : null);
    const place = [
      at.sequence === null ? null : `sequence ${at.sequence}`,
      key ? generateId(key.pk, key.sk) : null,
    ].filter((part) => part !== null);
    const message = `${tenantCode}, ${[...place, what].join(': ')}`;
    return { tenantCode, flaw, sequence: at.sequence, key, version: at.record?.version ?? null, message };
  }
}
