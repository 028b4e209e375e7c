import { type JsonValue } from '@landlord/kernel/pure';
import { isSwitchName } from './feature-switch.js';
import { type SettingState } from './setting.js';

export interface SettingAuthor {
  readonly name: string;
  readonly isOperator: boolean;
}

/** What is said after `value` was written over `before` (null = nothing). A tenant's word keeps an operator's below it. */
export function stateAfterWrite(
  before: SettingState | null,
  value: JsonValue,
  { name, isOperator }: SettingAuthor,
): SettingState {
  if (!isSwitchName(name)) return { value, byOperator: isOperator };
  if (isOperator) return { value, byOperator: true, operatorValue: value };
  return before?.operatorValue === undefined
    ? { value, byOperator: false }
    : { value, byOperator: false, operatorValue: before.operatorValue };
}

export type Withdrawal =
  | { readonly kind: 'deleted' }
  /** The tenant takes its word back, and the operator's holds again. */
  | { readonly kind: 'reverted'; readonly state: SettingState }
  /** What an operator said of a feature is not the tenant's to take back. */
  | { readonly kind: 'refused' };

export function withdraw(before: SettingState, { name, isOperator }: SettingAuthor): Withdrawal {
  const { operatorValue } = before;
  if (isOperator || !isSwitchName(name) || operatorValue === undefined) return { kind: 'deleted' };
  if (before.byOperator) return { kind: 'refused' };
  return { kind: 'reverted', state: { value: operatorValue, byOperator: true, operatorValue } };
}

export interface SettingTally {
  readonly count: number;
  readonly bytes: number;
}

/** What a change adds to its owner's tally; null stands for no setting. */
export function tallyDelta(before: SettingState | null, after: SettingState | null): SettingTally {
  return {
    count: Number(after !== null) - Number(before !== null),
    bytes: bytesOf(after) - bytesOf(before),
  };
}

function bytesOf(state: SettingState | null): number {
  if (!state) return 0;
  const { value, operatorValue } = state;
  return valueBytes(value) + (operatorValue === undefined ? 0 : valueBytes(operatorValue));
}

export function valueBytes(value: JsonValue): number {
  return Buffer.byteLength(JSON.stringify(value));
}
