import { Module } from '@nestjs/common';
import { MeterModule } from '../meters/meter.module.js';
import { PlanModule } from '../plans/plan.module.js';
import { SubscriptionChangesController } from './subscription.changes.controller.js';
import { SubscriptionChanges } from './subscription.changes.service.js';
import { SubscriptionController } from './subscription.controller.js';
import { SubscriptionDuePage } from './subscription.due.page.service.js';
import { SubscriptionDueWork } from './subscription.due.service.js';
import { SubscriptionFacts } from './subscription.facts.service.js';
import { SubscriptionForecast } from './subscription.forecast.service.js';
import { SubscriptionInUse } from './subscription.in-use.service.js';
import { SubscriptionMigrationController } from './subscription.migration.controller.js';
import { SubscriptionMigration } from './subscription.migration.service.js';
import { SubscriptionRenewals } from './subscription.renewals.service.js';
import { SubscriptionService } from './subscription.service.js';
import { SubscriptionSetAside } from './subscription.set-aside.service.js';
import { SubscriptionStandingController } from './subscription.standing.controller.js';

@Module({
  imports: [PlanModule, MeterModule],
  controllers: [
    SubscriptionController,
    SubscriptionChangesController,
    SubscriptionStandingController,
    SubscriptionMigrationController,
  ],
  providers: [
    SubscriptionService,
    SubscriptionInUse,
    SubscriptionFacts,
    SubscriptionDueWork,
    SubscriptionDuePage,
    SubscriptionSetAside,
    SubscriptionChanges,
    SubscriptionMigration,
    SubscriptionRenewals,
    SubscriptionForecast,
  ],
  exports: [
    SubscriptionDueWork,
    SubscriptionService,
    SubscriptionMigration,
    SubscriptionRenewals,
    SubscriptionForecast,
  ],
})
export class SubscriptionModule {}
