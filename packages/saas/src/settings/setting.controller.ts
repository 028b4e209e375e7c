import { type InvokeContext } from '@landlord/kernel';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { Context, defineOperation, Input, Operation, type OperationInput, pageOf } from '../http/index.js';
import {
  deleteSettingQuery,
  effectiveSettingView,
  putSettingBody,
  settingName,
  settingQuery,
  settingsQuery,
  settingView,
} from './setting.schema.js';
import { SettingService } from './setting.service.js';

const everybody = {
  tag: 'Settings',
  roles: ['system_admin', 'admin', 'billing', 'member'],
  tenant: 'optional',
} as const;
const params = z.object({ name: settingName });

const listSettings = defineOperation({
  ...everybody,
  method: 'GET',
  path: '/settings',
  summary: 'List the settings that hold',
  description: 'Of each name the nearest value: user, group, tenant, parent up to the root, common.',
  query: settingsQuery,
  response: { status: 200, schema: pageOf(effectiveSettingView), description: 'By name.' },
  problems: ['not_found'],
});

const getSetting = defineOperation({
  ...everybody,
  method: 'GET',
  path: '/settings/:name',
  summary: 'Read the setting that holds',
  params,
  query: settingQuery,
  response: { status: 200, schema: effectiveSettingView, description: 'The nearest value.' },
});

const putSetting = defineOperation({
  ...everybody,
  method: 'PUT',
  path: '/settings/:name',
  summary: 'Write a setting at one level',
  description:
    'Common: an operator without X-Tenant-Code. Tenant and group: an admin. User: everybody their own, an admin that of any of its users.',
  params,
  body: putSettingBody,
  response: { status: 200, schema: settingView, description: 'The setting at its level.' },
  problems: ['out_of_bounds'],
  etag: true,
});

const deleteSetting = defineOperation({
  ...everybody,
  method: 'DELETE',
  path: '/settings/:name',
  summary: 'Delete a setting at one level',
  description: 'The next level holds again.',
  params,
  query: deleteSettingQuery,
  response: { status: 200, schema: settingView, description: 'What was deleted.' },
  etag: true,
});

@Controller()
export class SettingController {
  constructor(private readonly settingService: SettingService) {}

  @Operation(listSettings)
  list(@Context() context: InvokeContext, @Input() { query }: OperationInput<typeof listSettings>) {
    return this.settingService.list(query, context, query);
  }

  @Operation(getSetting)
  get(@Context() context: InvokeContext, @Input() { params, query }: OperationInput<typeof getSetting>) {
    return this.settingService.get(params.name, context, query);
  }

  @Operation(putSetting)
  put(
    @Context() context: InvokeContext,
    @Input() { params, body, ifMatch }: OperationInput<typeof putSetting>,
  ) {
    return this.settingService.put(params.name, body, context, ifMatch);
  }

  @Operation(deleteSetting)
  delete(
    @Context() context: InvokeContext,
    @Input() { params, query, ifMatch }: OperationInput<typeof deleteSetting>,
  ) {
    return this.settingService.delete(params.name, query, context, ifMatch);
  }
}
