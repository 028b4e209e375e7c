import { Module } from '@nestjs/common';
import { TenantModule } from '../tenants/tenant.module.js';
import { UsageModule } from '../usage/usage.module.js';
import { AcceptanceService } from './acceptance.service.js';
import { ActiveUsersHandler } from './active-users.service.js';
import { InvitationController } from './invitation.controller.js';
import { InvitationService } from './invitation.service.js';
import { MembershipModule } from './membership.module.js';
import { PersonController } from './person.controller.js';
import { PersonService } from './person.service.js';
import { UserController } from './user.controller.js';
import { UserService } from './user.service.js';

@Module({
  imports: [MembershipModule, TenantModule, UsageModule],
  controllers: [UserController, PersonController, InvitationController],
  providers: [UserService, InvitationService, AcceptanceService, PersonService, ActiveUsersHandler],
  exports: [UserService, PersonService],
})
export class UserModule {}
