import {
  type Command,
  DataService,
  type InvokeContext,
  type Item,
  notFound,
  type Page,
  type PageRequest,
  requireTenant,
  SYSTEM_SCOPE,
  tenantPk,
  tenantScope,
  untilUncontended,
} from '@landlord/kernel';
import { Injectable } from '@nestjs/common';
import { tenantKey, tenantView } from '../tenants/tenant.item.js';
import { type TenantView } from '../tenants/tenant.schema.js';
import { changeMemberCommand, memberFromItem, memberKey, memberView, USER_PREFIX } from './member.item.js';
import { type Member, type MemberPatch, patchedMember, removedMember } from './member.js';
import { linkFromItem, linkKey, removeLinkCommand } from './membership.item.js';
import { MembershipService } from './membership.service.js';
import { type MemberView } from './user.schema.js';

@Injectable()
export class UserService {
  constructor(
    private readonly dataService: DataService,
    private readonly membershipService: MembershipService,
  ) {}

  async list(context: InvokeContext, page: PageRequest): Promise<Page<MemberView>> {
    const tenant = await this.tenantOf(requireTenant(context));
    const query = { ...page, sk: { beginsWith: USER_PREFIX } };
    const { items, nextCursor } = await this.dataService.listItemsByPk(tenantPk(tenant.code), query, {
      invokeContext: context,
    });
    return { items: items.map(memberView), nextCursor };
  }

  async get(context: InvokeContext, id: string): Promise<MemberView> {
    return memberView(await this.itemOf(requireTenant(context), id));
  }

  /** The caller, as a member of the tenant acted for; `not_found` for a caller whom the tenant does not keep. */
  getMe(context: InvokeContext): Promise<MemberView> {
    return this.get(context, context.user.userId);
  }

  patch(
    context: InvokeContext,
    { id, patch, ifMatch }: { id: string; patch: MemberPatch; ifMatch: number | null },
  ): Promise<MemberView> {
    return this.change(context, { id, ifMatch, decide: (member) => patchedMember(member, patch) });
  }

  /** The history stays, and the person may be invited again. */
  remove(
    context: InvokeContext,
    { id, ifMatch }: { id: string; ifMatch: number | null },
  ): Promise<MemberView> {
    return this.change(context, { id, ifMatch, decide: removedMember });
  }

  /** `not_found` when there is no such tenant. */
  async tenantOf(tenantCode: string): Promise<TenantView> {
    const item = await this.dataService.getItem(tenantKey(tenantCode), { scope: tenantScope(tenantCode) });
    if (!item) throw notFound('tenant');
    return tenantView(item);
  }

  private change(
    context: InvokeContext,
    { id, ifMatch, decide }: { id: string; ifMatch: number | null; decide: (member: Member) => Member },
  ): Promise<MemberView> {
    // The roster moves with every member, not only with this one.
    const hasMoved = async () => (await this.itemOf(requireTenant(context), id)).version !== ifMatch;
    return untilUncontended(
      ifMatch,
      async () => {
        const tenant = await this.tenantOf(requireTenant(context));
        const item = await this.itemOf(tenant.code, id);
        const before = memberFromItem(item);
        const after = decide(before);
        return this.membershipService.commit(context, {
          tenant,
          before,
          after,
          command: changeMemberCommand(tenant.code, after, ifMatch ?? item.version),
          also: after.status === 'removed' ? await this.endOfLink(tenant.code, before) : [],
          respond: (changed) => memberView(changed ?? item),
        });
      },
      hasMoved,
    );
  }

  /** What tells a guest's home that they are no longer here. */
  private async endOfLink(tenantCode: string, { id, person }: Member): Promise<Command[]> {
    if (!person) return [];
    const link = await this.dataService.getItem(linkKey(person, tenantCode), { scope: SYSTEM_SCOPE });
    return link && linkFromItem(link).userId === id ? [removeLinkCommand(link)] : [];
  }

  private async itemOf(tenantCode: string, id: string): Promise<Item> {
    const key = memberKey(tenantCode, id);
    const item = await this.dataService.getItem(key, { scope: tenantScope(tenantCode) });
    if (!item) throw notFound('member');
    return item;
  }
}
