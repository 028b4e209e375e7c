import { Module } from '@nestjs/common';
import { WebhookBell } from './bell.service.js';
import { DeliveriesFeed } from './deliveries.feed.service.js';
import { DeliveryController } from './delivery.controller.js';
import { DeliveryService } from './delivery.service.js';
import { WebhookDispatcher } from './dispatcher.service.js';
import { EndpointController } from './endpoint.controller.js';
import { EndpointFinder } from './endpoint.finder.service.js';
import { EndpointSecrets } from './endpoint.secrets.service.js';
import { EndpointService } from './endpoint.service.js';
import { EndpointStandings } from './endpoint.standings.service.js';
import { WebhookReplays } from './replays.service.js';
import { SendingService } from './sending.service.js';
import { SUPPORT_PROVIDERS } from './webhook.support.service.js';

@Module({
  controllers: [EndpointController, DeliveryController],
  providers: [
    ...SUPPORT_PROVIDERS,
    WebhookBell,
    EndpointFinder,
    EndpointSecrets,
    EndpointService,
    EndpointStandings,
    DeliveriesFeed,
    DeliveryService,
    SendingService,
    WebhookReplays,
    WebhookDispatcher,
  ],
  exports: [EndpointService, EndpointSecrets, DeliveryService, WebhookDispatcher, WebhookBell],
})
export class WebhookModule {}
