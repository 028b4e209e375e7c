import { type CarriesInvokeContext, type InvokeContext, LandlordError } from '@landlord/kernel';
import {
  applyDecorators,
  createParamDecorator,
  type ExecutionContext,
  Header,
  HttpCode,
  RequestMapping,
  RequestMethod,
  UseGuards,
} from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { operationOf, rememberOperation } from './handled-operations.js';
import { type DeclaredOperation } from './operation.js';
import { OperationGuard } from './operation-guard.js';
import { parseInput, type RawInput } from './parse-input.js';

/** Makes a controller's method the handler of an operation made by `defineOperation`. */
export function Operation(operation: DeclaredOperation): MethodDecorator {
  const route = RequestMapping({ method: RequestMethod[operation.method], path: operation.path });
  const remember: MethodDecorator = (_target, _name, descriptor) => {
    rememberOperation(descriptor.value as object, operation);
  };
  const { status, mediaType } = operation.response;
  const type = mediaType ? [Header('content-type', mediaType)] : [];
  return applyDecorators(route, HttpCode(status), UseGuards(OperationGuard), ...type, remember);
}

/** The verified caller, put on the request by the guard. */
export const Context = createParamDecorator((_data: unknown, context: ExecutionContext): InvokeContext => {
  const { invokeContext } = context.switchToHttp().getRequest<CarriesInvokeContext>();
  if (invokeContext) return invokeContext;
  throw new LandlordError('unauthenticated', 'the request carries no verified caller');
});

/** The request's `OperationInput`. Parsed here, after guards and interceptors, so that strangers learn nothing from it. */
export const Input = createParamDecorator(inputOf);

function inputOf(_data: unknown, context: ExecutionContext) {
  const operation = operationOf(context.getHandler());
  if (!operation)
    throw new Error(`${context.getClass().name}.${context.getHandler().name} has no @Operation`);
  return parseInput(operation, context.switchToHttp().getRequest<RawInput>());
}

/** Whether the method has an argument with `@Input`. */
export function takesInput(controller: object, methodName: string): boolean {
  const metadata = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, methodName) as object | undefined;
  return Object.values(metadata ?? {}).some(({ factory }: { factory?: unknown }) => factory === inputOf);
}
