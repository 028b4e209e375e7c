import { SecretBox, WEBHOOK_SUPPORT, type WebhookSupport } from '@landlord/saas';
import { type DynamicModule, Module } from '@nestjs/common';
import { type ServerConfig } from '../config.js';
import { AddressPolicy } from './addresses.js';
import { HttpTransport } from './http-transport.js';
import { systemResolver } from './resolve-host.js';
import { loadSecretKey } from './secret-key.js';

export interface ServerWebhooks extends WebhookSupport {
  readonly transport: HttpTransport;
}

/** What webhooks need of this server: the key that seals their secrets, and the way out. */
export async function openWebhooks({ dataDir, secretKey, webhooks }: ServerConfig): Promise<ServerWebhooks> {
  const policy = new AddressPolicy(webhooks.allowedNetworks);
  return {
    secretBox: new SecretBox(await loadSecretKey(dataDir, secretKey)),
    transport: new HttpTransport({ policy, resolve: systemResolver() }),
    options: webhooks.options,
  };
}

/** Lends the capabilities what they need to send webhooks. */
@Module({})
export class WebhookSupportModule {
  static forRoot(support: WebhookSupport): DynamicModule {
    return {
      module: WebhookSupportModule,
      global: true,
      providers: [{ provide: WEBHOOK_SUPPORT, useValue: support }],
      exports: [WEBHOOK_SUPPORT],
    };
  }
}
