import { type InvokeContext } from '@landlord/kernel';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import {
  Context,
  defineOperation,
  Input,
  Operation,
  type OperationInput,
  tenantCode,
} from '../http/index.js';
import { TenantService } from '../tenants/tenant.service.js';
import { ErasureService } from './erasure.service.js';
import { ExportService } from './export.service.js';
import { ImportService } from './import.service.js';
import { certificateView, eraseBody, exportLine, importView } from './portability.schema.js';

const params = z.object({ code: tenantCode });

const exportTenant = defineOperation({
  method: 'GET',
  path: '/tenants/:code/export',
  summary: 'Export a tenant',
  description:
    'Everything there is of it, as of one moment: equal data gives equal bytes. If something fails on the way, the connection breaks off and the last line is no footer.',
  tag: 'Tenants',
  roles: ['system_admin', 'admin'],
  tenant: 'optional',
  params,
  response: {
    status: 200,
    schema: exportLine,
    mediaType: 'application/x-ndjson',
    description: 'One JSON document a line.',
  },
  problems: ['rate_limited'],
});

const importTenant = defineOperation({
  method: 'POST',
  path: '/tenants/import',
  summary: 'Import a tenant',
  description:
    'Creates the tenant of an export as it was, with its log: all or nothing. Every line is checked, then the chain and each state. At most 10 GiB, 1 MiB a line. What happened before is not announced.',
  tag: 'Tenants',
  roles: ['system_admin'],
  tenant: 'none',
  bodyStream: 'application/x-ndjson',
  response: { status: 201, schema: importView, description: 'What was taken over.' },
  problems: ['already_exists', 'rate_limited'],
});

const eraseTenant = defineOperation({
  method: 'POST',
  path: '/tenants/:code/erase',
  summary: 'Erase the persons of a tenant',
  description:
    'For a closed tenant. Members, invitations, settings, keys and usage events go; what accounts need is kept with pseudonyms in the place of persons. Cannot be taken back; again it gives the same certificate.',
  tag: 'Tenants',
  roles: ['system_admin'],
  tenant: 'none',
  params,
  body: eraseBody,
  response: { status: 200, schema: certificateView, description: 'The certificate.' },
  problems: ['not_found', 'invalid_transition'],
});

const getErasure = defineOperation({
  method: 'GET',
  path: '/tenants/:code/erasure',
  summary: 'Read the certificate of an erasure',
  tag: 'Tenants',
  roles: ['system_admin'],
  tenant: 'none',
  params,
  response: { status: 200, schema: certificateView, description: 'The certificate.' },
});

@Controller()
export class PortabilityController {
  constructor(
    private readonly exportService: ExportService,
    private readonly importService: ImportService,
    private readonly erasureService: ErasureService,
    private readonly tenantService: TenantService,
  ) {}

  @Operation(exportTenant)
  async export(
    @Context() context: InvokeContext,
    @Input() { params: { code } }: OperationInput<typeof exportTenant>,
  ) {
    await this.tenantService.get(context, code);
    return this.exportService.open(code);
  }

  @Operation(importTenant)
  import(@Input() { stream }: OperationInput<typeof importTenant>) {
    return this.importService.import(stream);
  }

  @Operation(eraseTenant)
  erase(
    @Context() context: InvokeContext,
    @Input() { params: { code }, body }: OperationInput<typeof eraseTenant>,
  ) {
    return this.erasureService.erase(context, code, body);
  }

  @Operation(getErasure)
  erasure(@Input() { params: { code } }: OperationInput<typeof getErasure>) {
    return this.erasureService.certificate(code);
  }
}
