import {
  type CarriesInvokeContext,
  type InvokeContext,
  LandlordError,
  requireTenant,
} from '@landlord/kernel';
import { type CanActivate, type ExecutionContext, Inject, Injectable, Optional } from '@nestjs/common';
import { operationOf } from './handled-operations.js';
import { INVOKE_CONTEXT_RESOLVER, type InvokeContextResolver, invokeContextOf } from './invoke-context.js';
import { type OperationDeclaration } from './operation.js';

type Access = Pick<OperationDeclaration, 'method' | 'path' | 'roles' | 'tenant'>;

/**
 * Holds an operation to its roles in whatever application it is mounted; a server that has checked them before it read the
 * body loses nothing. Without a verified caller only public operations answer.
 */
@Injectable()
export class OperationGuard implements CanActivate {
  constructor(
    @Optional() @Inject(INVOKE_CONTEXT_RESOLVER) private readonly resolver: InvokeContextResolver | null,
  ) {}

  canActivate(execution: ExecutionContext): boolean | Promise<boolean> {
    const access = operationOf(execution.getHandler());
    if (!access || access.roles === 'public') return true;
    const { invokeContext } = execution.switchToHttp().getRequest<CarriesInvokeContext>();
    if (invokeContext) return admit(access, invokeContext);
    return invokeContextOf(execution, this.resolver ?? null).then((context) => admit(access, context));
  }
}

/** Throws `forbidden` for want of a role, `validation_failed` for want of a tenant. */
export function authorise({ method, path, roles, tenant }: Access, context: InvokeContext): void {
  if (roles !== 'public' && !roles.some((role) => context.user.roles.includes(role))) {
    const message = `${method} ${path} needs one of the roles ${roles.join(', ')}`;
    throw new LandlordError('forbidden', message);
  }
  if (tenant === 'required') requireTenant(context);
}

function admit(access: Access, context: InvokeContext): true {
  authorise(access, context);
  return true;
}
