import { ERASURE_TYPE, type Item } from '@landlord/kernel';
import { Quantity } from '@landlord/kernel/pure';
import { RESERVATION_TYPE, reservationFromItem } from '../reservations/reservation.item.js';
import { TENANT_TYPE } from '../tenants/tenant.item.js';
import { heldName, type Level, levelOfItem, USAGE_TYPE } from '../usage/usage.level.js';
import { memberFromItem, USER_TYPE } from '../users/member.item.js';
import { ROSTER_TYPE, rosterAttributes } from '../users/roster.item.js';
import { type RosterCounts, rosterDelta } from '../users/roster.js';

/** What items say only together, counted as they pass. Each of them was found to be what its type says. */
export class FileTotals {
  private tenants = 0;
  private certificates = 0;
  private members: RosterCounts = { active: 0, admins: 0 };
  private readonly held = new Map<string, Quantity>();
  private readonly levels = new Map<string, Level>();
  private roster: (RosterCounts & { readonly seats: number }) | null = null;

  /** Why the item cannot be beside those before it, or null. */
  take(item: Item): string | null {
    switch (item.type) {
      case TENANT_TYPE:
        this.tenants += 1;
        return this.tenants === 1 ? null : 'is a second tenant';
      case ERASURE_TYPE:
        this.certificates += 1;
        return this.certificates === 1 ? null : 'is a second certificate of an erasure';
      case USER_TYPE:
        return this.takeMember(item);
      case ROSTER_TYPE:
        this.roster = rosterAttributes.parse(item.attributes);
        return null;
      case RESERVATION_TYPE:
        this.takeReservation(item);
        return null;
      case USAGE_TYPE:
        this.levels.set(item.code, levelOfItem(item));
        return null;
      default:
        return null;
    }
  }

  /** What is wrong with all of them together, or null. `isSealed`: the chain was, as by an erasure. */
  flaw({ isSealed }: { isSealed: boolean }): string | null {
    if (this.tenants === 0) return 'ends a file without the tenant itself';
    if (this.certificates !== Number(isSealed))
      return isSealed
        ? 'ends a file that is sealed without the certificate of an erasure'
        : 'ends a file with the certificate of an erasure, but it is not sealed';
    return this.rosterFlaw() ?? this.heldFlaw();
  }

  private takeReservation(item: Item): void {
    const { status, metric, quantity, period } = reservationFromItem(item);
    if (status !== 'held') return;
    const name = `${period} ${metric}`;
    this.held.set(name, (this.held.get(name) ?? Quantity.zero).add(quantity));
  }

  /** What ends later is given back then, and must have been taken. */
  private heldFlaw(): string | null {
    for (const [name, quantity] of this.held) {
      const [period = '', metric = ''] = name.split(' ');
      const held = this.levels.get(period)?.get(heldName(metric)) ?? Quantity.zero;
      if (held.compare(quantity) < 0)
        return `ends a file whose reservations hold ${quantity} ${metric} in ${period}, and its usage ${held}`;
    }
    return null;
  }

  private takeMember(item: Item): string | null {
    const member = memberFromItem(item);
    if (item.isDeleted !== (member.status === 'removed'))
      return `is a member who is ${member.status}, ${item.isDeleted ? 'but' : 'and not'} deleted`;
    const { active, admins } = rosterDelta(null, member);
    this.members = { active: this.members.active + active, admins: this.members.admins + admins };
    return null;
  }

  /** A tenant that never had members has no roster; one that is deleted counts nobody. */
  private rosterFlaw(): string | null {
    if (!this.roster) return null;
    const { active, admins, seats } = this.roster;
    if (active !== this.members.active || admins !== this.members.admins)
      return 'ends a file whose roster counts other members than there are';
    return seats >= active ? null : 'ends a file whose roster has less seats than members';
  }
}
