import { randomBytes } from 'node:crypto';
import {
  CommandService,
  DataService,
  ERASURE_PREFIX,
  type ErasureCertificate,
  FeedRunner,
  type InvokeContext,
  idempotencyMismatch,
  invalidInput,
  LandlordError,
  notFound,
  STORE,
  type Store,
  SYSTEM_SCOPE,
  tenantPk,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { tenantKey, tenantView } from '../tenants/tenant.item.js';
import { erasureRules } from './erasure.rules.js';
import { type CertificateView, certificateView, type EraseInput } from './portability.schema.js';

const SALT_BYTES = 32;

/** Takes the persons out of a tenant that has ended. For operators: the whole system is in scope. */
@Injectable()
export class ErasureService {
  constructor(
    private readonly commandService: CommandService,
    private readonly dataService: DataService,
    private readonly feedRunner: FeedRunner,
    @Inject(STORE) private readonly store: Store,
  ) {}

  /** `invalid_transition` unless it is closed; once erased, the same certificate again. */
  async erase(
    context: InvokeContext,
    tenantCode: string,
    { confirm, reason }: EraseInput,
  ): Promise<CertificateView> {
    if (confirm !== tenantCode)
      throw invalidInput(
        'confirm',
        `must be the code of the tenant, "${tenantCode}": erasing cannot be taken back`,
      );
    await this.untilToldOfClosing(tenantCode);
    const viewOf = (certificate: ErasureCertificate) => certificateView.parse({ tenantCode, ...certificate });
    const outcome = await this.store.eraseTenant({
      tenantCode,
      origin: this.commandService.origin(context),
      reason: reason ?? null,
      rules: erasureRules(randomBytes(SALT_BYTES)),
      ...(context.idempotency ? { idempotency: { ...context.idempotency, respond: viewOf } } : {}),
    });
    switch (outcome.status) {
      case 'erased':
        return viewOf(outcome.certificate);
      case 'replayed':
        return certificateView.parse(outcome.result);
      case 'idempotency_mismatch':
        throw idempotencyMismatch();
      case 'absent':
        throw notFound('tenant');
      case 'refused':
        throw new LandlordError(
          'invalid_transition',
          `tenant "${tenantCode}" is ${outcome.tenantStatus}; only a closed tenant can be erased, so close it first`,
          { facts: { status: outcome.tenantStatus } },
        );
    }
  }

  /** Others act on its closing, such as the pool that it used: what has not been told by then never will be. */
  private async untilToldOfClosing(tenantCode: string): Promise<void> {
    const item = await this.dataService.getItem(tenantKey(tenantCode), { scope: SYSTEM_SCOPE });
    if (!item || tenantView(item).status !== 'closed') return;
    await this.feedRunner.deliver(item, item.version).catch((cause: unknown) => {
      const message = 'what follows from closing the tenant is not done yet; try again';
      throw new LandlordError('unavailable', message, { cause });
    });
  }

  async certificate(tenantCode: string): Promise<CertificateView> {
    const query = { sk: { beginsWith: ERASURE_PREFIX }, limit: 1 };
    const { items } = await this.dataService.listItemsByPk(tenantPk(tenantCode), query, {
      scope: SYSTEM_SCOPE,
    });
    const [item] = items;
    if (!item) throw notFound('erasure');
    return certificateView.parse({ tenantCode, ...item.attributes });
  }
}
