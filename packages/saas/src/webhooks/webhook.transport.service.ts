/** The key under which an application provides its `WebhookTransport`. */
export const WEBHOOK_TRANSPORT = Symbol('WEBHOOK_TRANSPORT');

export interface WebhookRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** `gone`: the receiver says that it is no more, so that nothing should be sent there again. */
export type WebhookOutcome = 'delivered' | 'failed' | 'gone';

/** What came back of a request, or why nothing did. */
export interface WebhookAnswer {
  readonly outcome: WebhookOutcome;
  /** Null when nobody answered, or nobody was asked. */
  readonly status: number | null;
  /** Why it was not delivered, in words that the owner of the endpoint may read; null when it was. */
  readonly error: string | null;
  /** How the body began. */
  readonly response: string | null;
  /** What the receiver asked for. */
  readonly retryAfterMs: number | null;
  readonly durationMs: number;
}

/** Sends requests to addresses that strangers chose, and to no other than they may choose. */
export interface WebhookTransport {
  /** Why nothing is ever sent to that URL, or null. */
  urlFlaw(url: string): string | null;
  /** Ends within a time of its own. Rejects only when this process is told to stop: nobody knows then what came of it. */
  send(request: WebhookRequest): Promise<WebhookAnswer>;
}
