import { createHash, randomBytes } from 'node:crypto';
import {
  CLOCK,
  type Clock,
  type Command,
  canonicalJson,
  type IdempotencyClaim,
  type InvokeContext,
  type Item,
  idempotencyMismatch,
  LandlordError,
  notFound,
  STORE,
  type Store,
  SYSTEM_SCOPE,
  tenantScope,
  untilUncontended,
} from '@landlord/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { type Visitor } from '../http/index.js';
import { tenantKey, tenantView } from '../tenants/tenant.item.js';
import { type TenantView } from '../tenants/tenant.schema.js';
import { TenantGateService } from '../tenants/tenant-gate.service.js';
import { invitationFromItem, invitationKey, settleInvitationCommand } from './invitation.item.js';
import { type Invitation, type InvitationToken, isOpenedBy, parseToken, tokenHash } from './invitation.js';
import { type AcceptedView } from './invitation.schema.js';
import { idRefusal } from './invitation.service.js';
import { createMemberCommand, memberFromItem, memberKey, memberView } from './member.item.js';
import { type Member, type Person } from './member.js';
import { createLinkCommand, linkKey } from './membership.item.js';
import { MembershipService } from './membership.service.js';
import { PersonService } from './person.service.js';

const MEMBER_ID_BYTES = 8;

interface Opened {
  readonly tenant: TenantView;
  readonly invitation: Invitation;
  readonly item: Item;
}

interface Acceptance {
  readonly token: InvitationToken;
  readonly name: string | undefined;
  readonly person: Person | null;
}

/** Turns invitations into members. Whatever does not open one is answered the same: `not_found`. */
@Injectable()
export class AcceptanceService {
  constructor(
    private readonly membershipService: MembershipService,
    private readonly personService: PersonService,
    private readonly tenantGate: TenantGateService,
    @Inject(STORE) private readonly store: Store,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Makes a new member for somebody who need not be signed in: who has the token was invited. */
  async accept(visitor: Visitor, input: { token: string; name?: string }): Promise<AcceptedView> {
    const token = knownToken(input.token);
    const idempotency = claimOf(visitor, input, token);
    const kept = await this.keptAnswer(idempotency, { visitor, token });
    if (kept) return kept;
    try {
      return await this.admit({ token, name: input.name, person: null }, (member) =>
        visitorContext(visitor, { tenantCode: token.tenantCode, member, idempotency }),
      );
    } catch (error) {
      const won =
        error instanceof LandlordError ? await this.keptAnswer(idempotency, { visitor, token }) : null;
      if (won) return won;
      throw error;
    }
  }

  /** Lets the caller belong to one more tenant, as the person they are at home. */
  async join(context: InvokeContext, input: { token: string }): Promise<AcceptedView> {
    const token = knownToken(input.token);
    const person = await this.personService.personOf(context);
    if (!person) throw new LandlordError('forbidden', 'no home tenant knows of your membership here');
    return this.admit({ token, name: undefined, person }, () => context);
  }

  private admit(
    acceptance: Acceptance,
    contextFor: (member: Member) => InvokeContext,
  ): Promise<AcceptedView> {
    return untilUncontended(null, async () => {
      const opened = await this.open(acceptance.token);
      const { person } = acceptance;
      const tenantCode = opened.tenant.code;
      const member = memberOf(opened.invitation, acceptance);
      const [present, link] = await Promise.all([
        this.store.get(tenantScope(tenantCode), memberKey(tenantCode, member.id)),
        person && this.linkOf(person, acceptance.token),
      ]);
      const refused = present && idRefusal(present, opened.invitation.email);
      if (refused) throw await this.refusal(acceptance.token, refused);
      const settled = settleInvitationCommand(opened.item, opened.item.version, 'accepted');
      const linked = person
        ? [createLinkCommand(person, { tenantCode, userId: member.id }, link?.version)]
        : [];
      return this.membershipService.commit(contextFor(member), {
        tenant: opened.tenant,
        before: present ? memberFromItem(present) : null,
        after: member,
        command: createMemberCommand(tenantCode, member, present?.version),
        also: [settled, ...linked] satisfies Command[],
        respond: (item) => acceptedView(tenantCode, item),
      });
    });
  }

  private async open(token: InvitationToken): Promise<Opened> {
    const { tenantCode, invitationId } = token;
    const keys = [tenantKey(tenantCode), invitationKey(tenantCode, invitationId)];
    const [tenantItem, item] = await this.store.getMany(tenantScope(tenantCode), keys);
    const invitation = item ? invitationFromItem(item) : null;
    const isOpen = isOpenedBy(invitation, { token, now: this.clock.now() });
    const tenant = await this.activeTenant(tenantItem);
    if (!isOpen || !invitation || !item || !tenant) throw notFound('invitation');
    return { tenant, invitation, item };
  }

  /** What refuses an open invitation. Who came by it at this very moment has spent it: then it is not there. */
  private async refusal(token: InvitationToken, reason: LandlordError): Promise<LandlordError> {
    await this.open(token);
    return reason;
  }

  private async activeTenant(item: Item | null = null): Promise<TenantView | null> {
    const tenant = item && !item.isDeleted ? tenantView(item) : null;
    return tenant && (await this.tenantGate.isActive(tenant)) ? tenant : null;
  }

  /** The link of a membership that ended. `already_exists` where it did not. */
  private async linkOf(person: Person, token: InvitationToken): Promise<Item | null> {
    const { tenantCode } = token;
    const isMember = person.tenantCode === tenantCode || (await this.personService.find(person, tenantCode));
    if (isMember)
      throw await this.refusal(
        token,
        new LandlordError('already_exists', 'you are a member of that tenant already'),
      );
    return this.store.get(SYSTEM_SCOPE, linkKey(person, tenantCode));
  }

  /** What was answered under the key, as long as it is true: `not_found` once who came by the token is gone. */
  private async keptAnswer(
    claim: IdempotencyClaim | null,
    { visitor, token }: { visitor: Visitor; token: InvitationToken },
  ): Promise<AcceptedView | null> {
    if (!claim?.scope) return null;
    const record = await this.store.findIdempotent(claim.scope, claim.owner, claim.key);
    if (!record) return null;
    const kept = record.result as unknown as AcceptedView;
    if (!(await this.isStillTrue(kept, token))) throw notFound('invitation');
    if (record.fingerprint !== claim.fingerprint) throw idempotencyMismatch();
    visitor.noteReplay();
    return kept;
  }

  private async isStillTrue(kept: AcceptedView, token: InvitationToken): Promise<boolean> {
    const { tenantCode, invitationId } = token;
    const keys = [tenantKey(tenantCode), memberKey(tenantCode, kept.member.id)];
    const [tenantItem, item] = await this.store.getMany(tenantScope(tenantCode), keys);
    const member = item && !item.isDeleted ? memberFromItem(item) : null;
    const isPresent = member?.status === 'active' && member.invitationId === invitationId;
    return isPresent && (await this.activeTenant(tenantItem)) !== null;
  }
}

function knownToken(text: string): InvitationToken {
  const token = parseToken(text);
  if (!token) throw notFound('invitation');
  return token;
}

/** An id that is nobody's yet is made anew at each try. */
function memberOf(invitation: Invitation, { name, person }: Acceptance): Member {
  const { id: invitationId, email, roles } = invitation;
  return {
    id: invitation.userId ?? `usr-${randomBytes(MEMBER_ID_BYTES).toString('hex')}`,
    name: name ?? invitation.name ?? email,
    email,
    roles,
    status: 'active',
    isFounding: false,
    invitationId,
    person,
  };
}

function acceptedView(tenantCode: string, item: Item | null): AcceptedView {
  if (!item) throw new Error('a new member is a change');
  return { tenantCode, member: memberView(item) };
}

/** Somebody without a token of their own acts as the member they become. */
function visitorContext(
  { requestId, source, ip }: Visitor,
  {
    tenantCode,
    member,
    idempotency,
  }: { tenantCode: string; member: Member; idempotency: IdempotencyClaim | null },
): InvokeContext {
  return { user: { userId: member.id, tenantCode, roles: member.roles }, requestId, source, ip, idempotency };
}

/** The key is that of whoever has the token, which is at rest only as its hash. */
function claimOf(
  { idempotencyKey }: Visitor,
  { name }: { name?: string },
  token: InvitationToken,
): IdempotencyClaim | null {
  if (idempotencyKey === null) return null;
  const hash = tokenHash(token);
  const fingerprint = createHash('sha256')
    .update(canonicalJson([hash, name ?? null]))
    .digest('hex');
  return {
    owner: `invitation ${hash}`,
    key: idempotencyKey,
    fingerprint,
    scope: tenantScope(token.tenantCode),
  };
}
