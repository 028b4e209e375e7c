import { type CarriesInvokeContext, LandlordError } from '@landlord/kernel';
import {
  applyDecorators,
  type CanActivate,
  type ExecutionContext,
  Injectable,
  SetMetadata,
  UseGuards,
} from '@nestjs/common';
import { FeatureService } from './feature.service.js';

const REQUIRED_FEATURE = 'landlord:required-feature';

/** Lets a request pass whose caller has the features of the handler and its controller. Throws `forbidden`. */
@Injectable()
export class FeatureGuard implements CanActivate {
  constructor(private readonly featureService: FeatureService) {}

  async canActivate(execution: ExecutionContext): Promise<boolean> {
    const { invokeContext } = execution.switchToHttp().getRequest<CarriesInvokeContext>();
    if (!invokeContext) throw new LandlordError('unauthenticated', 'the request carries no verified caller');
    for (const name of requiredFeatures(execution)) {
      const { enabled, reason } = await this.featureService.get(name, invokeContext);
      if (!enabled) throw missing(name, reason);
    }
    return true;
  }
}

/** Closes a route, or every route of a controller, to callers without the feature. Its module imports `FeatureModule`. */
export function RequiresFeature(name: string): MethodDecorator & ClassDecorator {
  return applyDecorators(SetMetadata(REQUIRED_FEATURE, name), UseGuards(FeatureGuard));
}

function requiredFeatures(execution: ExecutionContext): ReadonlySet<string> {
  const places = [execution.getClass(), execution.getHandler()];
  const names = places.map((place): unknown => Reflect.getMetadata(REQUIRED_FEATURE, place));
  return new Set(names.filter((name): name is string => typeof name === 'string'));
}

function missing(feature: string, reason: string | null): LandlordError {
  return new LandlordError(
    'forbidden',
    `the feature "${feature}" is not enabled (${reason}); see GET /features/${encodeURIComponent(feature)}?explain=true`,
    { facts: { feature, reason } },
  );
}
