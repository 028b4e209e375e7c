import { type InvokeContext, type ItemCheck, type UserContext } from '@landlord/kernel';
import { authorise, changesState, type DeclaredOperation, operationName } from '@landlord/saas';
import { type Claims } from '../authentication/claims.js';
import { type TokenVerifier, unauthenticated } from '../authentication/token-verifier.js';
import { bearerToken, hasRoleFor, userFor } from './access.js';
import { type LandlordRequest } from './request.js';

/** Whether a verified caller may act now, and with which roles. Throws a refusal. */
export interface Gate {
  admit(user: UserContext): Promise<UserContext>;
  /** Whom it admitted before, and the items that this rests on; null for anybody else. */
  known(user: UserContext): { readonly user: UserContext; readonly checks: readonly ItemCheck[] } | null;
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

  /** Null when it is done already. */
  check(request: LandlordRequest): Promise<void> | null {
    const { url, config } = request.routeOptions;
    if (request.is404 || config.isPublic) return null;
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const route = this.routes.get(`${method} ${url}`);
    if (!route) throw unauthenticated(`${method} ${url} is no operation`);
    request.operation = route.operation;
    request.isChange = route.isChange;
    if (route.operation.roles === 'public') return null;
    const token = bearerToken(request.headers.authorization);
    const claims = this.verifier.remembered(token);
    if (claims) return this.enter(request, route, claims);
    return this.verifier.verify(token).then((verified) => this.enter(request, route, verified) ?? undefined);
  }

  private enter(request: LandlordRequest, route: Route, claims: Claims): Promise<void> | null {
    const caller = userFor(route.operation, claims, request.headers['x-tenant-code']);
    const known = mayRestOnStore(request, route) ? this.gate?.known(caller) : null;
    // Nobody is refused from memory.
    if (!known || !hasRoleFor(route.operation, known.user)) return this.admit(request, route, caller);
    const renew = async () => {
      await this.admit(request, route, caller);
      return contextOf(request);
    };
    const context = { ...contextFor(request, route, known.user), rests: { checks: known.checks, renew } };
    authorise(route.operation, context);
    request.invokeContext = context;
    return null;
  }

  private async admit(request: LandlordRequest, route: Route, caller: UserContext): Promise<void> {
    const user = this.gate ? await this.gate.admit(caller) : caller;
    const context = contextFor(request, route, user);
    authorise(route.operation, context);
    request.invokeContext = context;
  }
}

/** A kept answer is handed out without the transaction that would check who asks. */
function mayRestOnStore({ headers }: LandlordRequest, { operation }: Route): boolean {
  return operation.admission === 'checked_by_store' && headers['idempotency-key'] === undefined;
}

function contextFor(request: LandlordRequest, { source }: Route, user: UserContext): InvokeContext {
  return { user, requestId: request.id, source, ip: request.ip ?? null, idempotency: null };
}

function contextOf({ invokeContext }: LandlordRequest): InvokeContext {
  if (!invokeContext) throw new Error('the caller was not admitted');
  return invokeContext;
}
