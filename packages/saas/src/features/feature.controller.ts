import { type InvokeContext } from '@landlord/kernel';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { Context, defineOperation, Input, Operation, type OperationInput, pageOf } from '../http/index.js';
import { featureName, featureQuery, featuresQuery, featureView } from './feature.schema.js';
import { FeatureService } from './feature.service.js';

const everybody = {
  tag: 'Features',
  roles: ['system_admin', 'admin', 'billing', 'member'],
  tenant: 'required',
} as const;

const listFeatures = defineOperation({
  ...everybody,
  method: 'GET',
  path: '/features',
  summary: 'List the features of the caller',
  description: 'Those of the plan and those that a setting `feature.<name>` speaks of.',
  query: featuresQuery,
  response: { status: 200, schema: pageOf(featureView), description: 'By name.' },
  problems: ['not_found'],
});

const getFeature = defineOperation({
  ...everybody,
  method: 'GET',
  path: '/features/:name',
  summary: 'Whether the caller has a feature',
  description: 'A feature that nobody knows is off; it is no error to ask.',
  params: z.object({ name: featureName }),
  query: featureQuery,
  response: { status: 200, schema: featureView, description: 'The feature, on or off.' },
});

@Controller()
export class FeatureController {
  constructor(private readonly featureService: FeatureService) {}

  @Operation(listFeatures)
  list(@Context() context: InvokeContext, @Input() { query }: OperationInput<typeof listFeatures>) {
    return this.featureService.list(query, context, query);
  }

  @Operation(getFeature)
  get(@Context() context: InvokeContext, @Input() { params, query }: OperationInput<typeof getFeature>) {
    return this.featureService.get(params.name, context, query);
  }
}
