import { randomBytes } from 'node:crypto';
import { SECRET_BOX, SECRET_KEY_BYTES, SecretBox } from './secret-box.service.js';
import { DEFAULT_WEBHOOK_OPTIONS, WEBHOOK_OPTIONS, type WebhookOptions } from './webhook.options.service.js';
import { WEBHOOK_TRANSPORT, type WebhookTransport } from './webhook.transport.service.js';

/** The key under which an application provides its `WebhookSupport`; without one no endpoint can be made. */
export const WEBHOOK_SUPPORT = Symbol('WEBHOOK_SUPPORT');

export interface WebhookSupport {
  readonly transport: WebhookTransport;
  readonly secretBox: SecretBox;
  readonly options: WebhookOptions;
}

const NONE = 'cannot be asked: this application sends no webhooks';

const NO_TRANSPORT: WebhookTransport = {
  urlFlaw: () => NONE,
  send: () => Promise.reject(new Error(NONE)),
};

const inject = [{ token: WEBHOOK_SUPPORT, optional: true }];

/** What the application gives, part by part. */
export const SUPPORT_PROVIDERS = [
  {
    provide: WEBHOOK_TRANSPORT,
    inject,
    useFactory: (support?: WebhookSupport) => support?.transport ?? NO_TRANSPORT,
  },
  {
    provide: SECRET_BOX,
    inject,
    useFactory: (support?: WebhookSupport) =>
      support?.secretBox ?? new SecretBox(randomBytes(SECRET_KEY_BYTES)),
  },
  {
    provide: WEBHOOK_OPTIONS,
    inject,
    useFactory: (support?: WebhookSupport) => support?.options ?? DEFAULT_WEBHOOK_OPTIONS,
  },
];
