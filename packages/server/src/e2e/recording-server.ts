import { appendFileSync } from 'node:fs';
import { type Change, DataSyncHandler, generateId, type IDataSyncHandler } from '@landlord/kernel';
import { SaasModule } from '@landlord/saas';
import { Module } from '@nestjs/common';
import { readConfig } from '../config.js';
import { SEEDERS, startServer } from '../startup/start-server.js';

const FILE = process.env.LANDLORD_TEST_FEED_RECORD ?? '';

/** The shipped server, with handlers that write down every change they are told. */
function record(change: Change): void {
  const line = { id: generateId(change.pk, change.sk), from: change.old?.version ?? 0, to: change.version };
  // A kill may have left half a line behind.
  appendFileSync(FILE, `\n${JSON.stringify(line)}`);
}

@DataSyncHandler({ type: 'TENANT' })
class TenantRecorder implements IDataSyncHandler {
  async handleSync(change: Change): Promise<void> {
    record(change);
  }
}

@DataSyncHandler({ type: 'SUBSCRIPTION' })
class SubscriptionRecorder extends TenantRecorder {}

@DataSyncHandler({ type: 'SUBSCRIPTIONEVENT' })
class SubscriptionEventRecorder extends TenantRecorder {}

@DataSyncHandler({ type: 'INVOICE' })
class InvoiceRecorder extends TenantRecorder {}

@DataSyncHandler({ type: 'INVOICECOUNTER' })
class InvoiceCounterRecorder extends TenantRecorder {}

@DataSyncHandler({ type: 'BILLING' })
class BillingRecorder extends TenantRecorder {}

@DataSyncHandler({ type: 'BILLINGEVENT' })
class BillingEventRecorder extends TenantRecorder {}

@DataSyncHandler({ type: 'CREDITBALANCE' })
class CreditBalanceRecorder extends TenantRecorder {}

@DataSyncHandler({ type: 'LEDGER' })
class LedgerRecorder extends TenantRecorder {}

@DataSyncHandler({ type: 'USAGE' })
class UsageRecorder extends TenantRecorder {}

@DataSyncHandler({ type: 'USER' })
class UserRecorder extends TenantRecorder {}

@DataSyncHandler({ type: 'ROSTER' })
class RosterRecorder extends TenantRecorder {}

@DataSyncHandler({ type: 'SIGNINGKEY' })
class SigningKeyRecorder extends TenantRecorder {}

@DataSyncHandler({ type: 'PLAN' })
class PlanRecorder extends TenantRecorder {}

@DataSyncHandler({ type: 'PLANVERSION' })
class PlanVersionRecorder extends TenantRecorder {}

@Module({
  providers: [
    TenantRecorder,
    SubscriptionRecorder,
    SubscriptionEventRecorder,
    InvoiceRecorder,
    InvoiceCounterRecorder,
    BillingRecorder,
    BillingEventRecorder,
    CreditBalanceRecorder,
    LedgerRecorder,
    UsageRecorder,
    UserRecorder,
    RosterRecorder,
    SigningKeyRecorder,
    PlanRecorder,
    PlanVersionRecorder,
  ],
})
class RecordingModule {}

const server = await startServer(readConfig(process.env), {
  modules: [SaasModule, RecordingModule],
  seeders: SEEDERS,
});
process.stdout.write(`${server.url}\n`);
process.once('SIGTERM', () => {
  server.stop().then(() => process.exit(0));
});
