import { Module } from '@nestjs/common';
import { PlanModule } from '../plans/plan.module.js';
import { SubscriptionModule } from '../subscriptions/subscription.module.js';
import { UsageModule } from '../usage/usage.module.js';
import { AcceptanceService } from './acceptance.service.js';
import { ActiveUsersHandler } from './active-users.service.js';
import { InvitationController } from './invitation.controller.js';
import { InvitationService } from './invitation.service.js';
import { MembershipService } from './membership.service.js';
import { PersonController } from './person.controller.js';
import { PersonService } from './person.service.js';
import { UserController } from './user.controller.js';
import { UserService } from './user.service.js';

@Module({
  imports: [PlanModule, SubscriptionModule, UsageModule],
  controllers: [UserController, PersonController, InvitationController],
  providers: [
    UserService,
    MembershipService,
    InvitationService,
    AcceptanceService,
    PersonService,
    ActiveUsersHandler,
  ],
  exports: [UserService, PersonService],
})
export class UserModule {}
