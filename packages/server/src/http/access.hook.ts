import { type InvokeContext, type UserContext } from '@landlord/kernel';
import { authorise, changesState, type DeclaredOperation, operationName } from '@landlord/saas';
import { type TokenVerifier, unauthenticated } from '../authentication/token-verifier.js';
import { bearerToken, userFor } from './access.js';
import { type LandlordRequest } from './request.js';

/** Whether a verified caller may act now, and with which roles. Throws a refusal. */
export interface Gate {
  admit(user: UserContext): Promise<UserContext>;
}

/** What of an operation each of its requests needs, worked out once. */
interface Route {
  readonly operation: DeclaredOperation;
  readonly source: string;
  readonly isChange: boolean;
}

/**
 * Authenticates and authorises before the body is read, so that strangers cannot make the server work.
 * A route that is neither an operation nor marked as public is closed.
 */
export class AccessHook {
  private routes: ReadonlyMap<string, Route> = new Map();
  private gate: Gate | null = null;

  constructor(private readonly verifier: TokenVerifier) {}

  useOperations(operations: readonly DeclaredOperation[]): void {
    this.routes = new Map(
      operations.map((operation) => {
        const source = operationName(operation);
        return [source, { operation, source, isChange: changesState(operation) }];
      }),
    );
  }

  useGate(gate: Gate): void {
    this.gate = gate;
  }

  async check(request: LandlordRequest): Promise<void> {
    const { url, config } = request.routeOptions;
    if (request.is404 || config.isPublic) return;
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const route = this.routes.get(`${method} ${url}`);
    if (!route) throw unauthenticated(`${method} ${url} is no operation`);
    request.operation = route.operation;
    request.isChange = route.isChange;
    if (route.operation.roles === 'public') return;
    request.invokeContext = await this.callerOf(request, route);
    authorise(route.operation, request.invokeContext);
  }

  private async callerOf(request: LandlordRequest, { operation, source }: Route): Promise<InvokeContext> {
    const claims = await this.verifier.verify(bearerToken(request.headers.authorization));
    const caller = userFor(operation, claims, request.headers['x-tenant-code']);
    const user = this.gate ? await this.gate.admit(caller) : caller;
    return { user, requestId: request.id, source, ip: request.ip ?? null, idempotency: null };
  }
}
