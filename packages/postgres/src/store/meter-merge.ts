import { type Increment, type IncrementInput, type Origin, Quantity } from '@landlord/kernel';

export interface TenantIncrements {
  readonly input: IncrementInput;
  readonly origin: Origin;
}

/** Who is named for a command that several callers' events were merged into; each event keeps its own. */
const SEVERAL = 'several';

/** Adds one request's deltas to what the batch already has for the item. Bounds were held one by one and are left out. */
export function mergeIncrements(
  before: TenantIncrements | undefined,
  command: IncrementInput,
  origin: Origin,
): TenantIncrements {
  const increments = new Map<string, Increment>();
  for (const { path, by } of [...(before?.input.increments ?? []), ...command.increments]) {
    const name = path.join('.');
    const sum = Quantity.of(increments.get(name)?.by ?? '0').add(Quantity.of(by));
    increments.set(name, { path, by: sum.toString() });
  }
  const initial = before?.input.initial ?? command.initial;
  return {
    input: {
      pk: command.pk,
      sk: command.sk,
      increments: [...increments.values()],
      ...(initial ? { initial } : {}),
    },
    origin: before ? mergeOrigins(before.origin, origin) : origin,
  };
}

function mergeOrigins(left: Origin, right: Origin): Origin {
  return {
    userId: left.userId === right.userId ? left.userId : SEVERAL,
    requestId: left.requestId === right.requestId ? left.requestId : SEVERAL,
    source: left.source === right.source ? left.source : SEVERAL,
    ip: left.ip === right.ip ? left.ip : null,
    at: [left.at, right.at].toSorted().at(-1) ?? right.at,
  };
}
