import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Store } from '../core/store.js';
import { type ItemKey } from '../pure/keys.js';
import { describeAuditChain } from './contract-audit.js';
import { describeCommits } from './contract-commit.js';
import { describeCommitEach } from './contract-commit-each.js';
import { describeFeed } from './contract-feed.js';
import { describeHistory } from './contract-history.js';
import { describeIdempotency } from './contract-idempotency.js';
import { describeIsolation } from './contract-isolation.js';
import { describeMetering } from './contract-meter.js';
import { describeMeterCommands } from './contract-meter-commands.js';
import { describePortability } from './contract-portability.js';
import { describeQueries } from './contract-queries.js';
import { describeSightings } from './contract-sightings.js';
import { describeUsageLog } from './contract-usage-log.js';
import { describeModel } from './model.js';

/**
 * What somebody with the database in hands may do to the chain, at a sequence: change the command, change the hash of
 * the link, remove the entry, set the head back by one, or put in a command without a place.
 */
export type Tampering = 'content' | 'link' | 'remove' | 'head' | 'insert';

/** A store under test. `peer` is another connection to the same data, as another process would have. */
export interface StoreUnderTest {
  readonly store: Store;
  readonly peer: Store;
  /** Another store, with nothing in it. */
  readonly elsewhere: Store;
  /** Corrupts an item's state behind the store's back, or makes one that no command made. */
  damage(key: ItemKey): Promise<void>;
  tamper(kind: Tampering, entry: { tenantCode: string; sequence: number }): Promise<void>;
  /** Makes the current states anew from the log of commands. */
  rebuild(): Promise<void>;
  close(): Promise<void>;
}

export type GetStores = () => StoreUnderTest;

/** What every store must do, on its real engine. Call it in a test file with a way to open the store. */
export function describeStoreContract(name: string, open: () => Promise<StoreUnderTest>): void {
  describe(`store contract: ${name}`, () => {
    let stores: StoreUnderTest;
    beforeAll(async () => {
      stores = await open();
    }, 60_000);
    afterAll(() => stores?.close());

    it('answers when asked whether it is there', async () => {
      await expect(stores.store.ping()).resolves.toBeUndefined();
    });

    const get = () => stores;
    describeCommits(get);
    describeCommitEach(get);
    describeQueries(get);
    describeHistory(get);
    describeIdempotency(get);
    describeIsolation(get);
    describeFeed(get);
    describeMetering(get);
    describeUsageLog(get);
    describeSightings(get);
    describeMeterCommands(get);
    describePortability(get);
    describeAuditChain(get);
    describeModel(get);
  });
}
