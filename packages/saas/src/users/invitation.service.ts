import { randomBytes } from 'node:crypto';
import {
  CLOCK,
  type Clock,
  CommandService,
  DataService,
  type InvokeContext,
  type Item,
  LandlordError,
  notFound,
  type Page,
  type PageRequest,
  requireTenant,
  tenantPk,
  untilUncontended,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import {
  createInvitationCommand,
  INVITATION_PREFIX,
  invitationFromItem,
  invitationKey,
  invitationView,
  renewInvitationCommand,
  settleInvitationCommand,
} from './invitation.item.js';
import { expiryOf, formatToken, type InvitationToken, tokenHash } from './invitation.js';
import { type InvitationView, type InviteInput, type IssuedInvitationView } from './invitation.schema.js';
import { memberFromItem, memberKey } from './member.item.js';
import { isReturning } from './member.js';
import { UserService } from './user.service.js';

const SECRET_BYTES = 32;
const ID_BYTES = 6;

/** One invitation, as its address and `If-Match` name it. */
export interface InvitationChoice {
  readonly id: string;
  readonly ifMatch: number | null;
}

@Injectable()
export class InvitationService {
  constructor(
    private readonly commandService: CommandService,
    private readonly dataService: DataService,
    private readonly userService: UserService,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** `already_exists` when the id is a member's, or was somebody else's. */
  async invite(context: InvokeContext, input: InviteInput): Promise<IssuedInvitationView> {
    const tenant = await this.userService.tenantOf(requireTenant(context));
    const { email, roles, name = null, userId = null, expiresInHours } = input;
    if (userId !== null) await this.refuseTaken(context, { userId, email });
    const id = `inv-${randomBytes(ID_BYTES).toString('hex')}`;
    const issue = this.issue({ tenantCode: tenant.code, id, expiresInHours });
    const command = createInvitationCommand(tenant.code, {
      id,
      email,
      name,
      roles,
      userId,
      status: 'pending',
      ...issue.renewal,
    });
    const respond = ([item = null]: readonly (Item | null)[]) => this.issuedView(item);
    return issue.shown(
      await this.commandService.commit({ commands: [command], respond }, { invokeContext: context }),
    );
  }

  async list(context: InvokeContext, page: PageRequest): Promise<Page<InvitationView>> {
    const tenant = await this.userService.tenantOf(requireTenant(context));
    const query = { ...page, sk: { beginsWith: INVITATION_PREFIX } };
    const { items, nextCursor } = await this.dataService.listItemsByPk(tenantPk(tenant.code), query, {
      invokeContext: context,
    });
    const now = this.clock.now();
    return { items: items.map((item) => invitationView(item, now)), nextCursor };
  }

  revoke(context: InvokeContext, { id, ifMatch }: InvitationChoice): Promise<InvitationView> {
    return untilUncontended(ifMatch, async () => {
      const item = await this.itemOf(context, id);
      const command = settleInvitationCommand(item, ifMatch ?? item.version, 'revoked');
      const respond = ([changed = null]: readonly (Item | null)[]) =>
        invitationView(changed ?? item, this.clock.now());
      return this.commandService.commit({ commands: [command], respond }, { invokeContext: context });
    });
  }

  /** A new token and a new term; the token before is dead. */
  resend(
    context: InvokeContext,
    { id, ifMatch, expiresInHours }: InvitationChoice & { expiresInHours: number | undefined },
  ): Promise<IssuedInvitationView> {
    return untilUncontended(ifMatch, async () => {
      const item = await this.itemOf(context, id);
      const hours = expiresInHours ?? invitationFromItem(item).expiresInHours;
      const issue = this.issue({ tenantCode: item.tenantCode, id, expiresInHours: hours });
      const command = renewInvitationCommand(item, ifMatch ?? item.version, issue.renewal);
      const respond = ([changed = null]: readonly (Item | null)[]) => this.issuedView(changed);
      return issue.shown(
        await this.commandService.commit({ commands: [command], respond }, { invokeContext: context }),
      );
    });
  }

  /** What the item gets to know of a new token, and the answer that shows it to whoever caused it. */
  private issue({ tenantCode, id, expiresInHours }: Issue) {
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    const token: InvitationToken = { tenantCode, invitationId: id, secret };
    const tokenId = randomBytes(ID_BYTES).toString('hex');
    const expiresAt = expiryOf(this.clock.now(), expiresInHours);
    return {
      renewal: { tokenId, tokenHash: tokenHash(token), expiresInHours, expiresAt },
      // A repetition under one Idempotency-Key gets the answer of the first, whose token is another.
      shown: (kept: IssuedInvitationView): IssuedInvitationView =>
        kept.tokenId === tokenId ? { ...kept, token: formatToken(token) } : kept,
    };
  }

  /** As it may be kept under an idempotency key: without the token. */
  private issuedView(item: Item | null): IssuedInvitationView {
    if (!item) throw new Error('a new token changes the invitation');
    return { ...invitationView(item, this.clock.now()), token: null };
  }

  private async refuseTaken(
    context: InvokeContext,
    { userId, email }: { userId: string; email: string },
  ): Promise<void> {
    const key = memberKey(requireTenant(context), userId);
    const item = await this.dataService.getItem(key, { invokeContext: context, includeDeleted: true });
    const refusal = item && idRefusal(item, email);
    if (refusal) throw refusal;
  }

  private async itemOf(context: InvokeContext, id: string): Promise<Item> {
    const key = invitationKey(requireTenant(context), id);
    const item = await this.dataService.getItem(key, { invokeContext: context });
    if (!item) throw notFound('invitation');
    return item;
  }
}

interface Issue {
  readonly tenantCode: string;
  readonly id: string;
  readonly expiresInHours: number;
}

/** Why the id of this member, of now or before, is not for who was invited at `email`; null where it is theirs. */
export function idRefusal(present: Item, email: string): LandlordError | null {
  const member = memberFromItem(present);
  const { id } = member;
  if (!present.isDeleted)
    return new LandlordError('already_exists', `there is a member "${id}" already; choose another userId`);
  if (isReturning(member, email)) return null;
  return new LandlordError(
    'already_exists',
    `the id "${id}" was that of a former member with another e-mail address; choose another userId, or none for a new one`,
  );
}
