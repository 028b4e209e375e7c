import { type JsonValue } from '@landlord/kernel/pure';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { stateAfterWrite, tallyDelta, withdraw } from './setting.change.js';
import { type SettingState } from './setting.js';

type Step = { readonly write: JsonValue | undefined; readonly isOperator: boolean };
const step = fc.record({
  write: fc.option(fc.oneof(fc.boolean(), fc.record({ enabled: fc.boolean() })), { nil: undefined }),
  isOperator: fc.boolean(),
});

/** `undefined` withdraws. */
function next(state: SettingState | null, { write, isOperator }: Step, name: string): SettingState | null {
  if (write !== undefined) return stateAfterWrite(state, write, { name, isOperator });
  if (!state) return null;
  const withdrawal = withdraw(state, { name, isOperator });
  return withdrawal.kind === 'reverted' ? withdrawal.state : withdrawal.kind === 'refused' ? state : null;
}

it('keeps the last word of an operator on a feature, whatever a tenant does', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const state = steps.reduce<SettingState | null>((each, one) => next(each, one, 'feature.sso'), null);
      const last = steps.findLast(({ isOperator }) => isOperator);
      expect(state?.operatorValue).toEqual(last?.write);
      if (state?.byOperator) expect(state.value).toEqual(last?.write);
    }),
  );
});

it('gives a tenant that takes its word back what would have been without it', () => {
  const granted = stateAfterWrite(null, true, { name: 'feature.sso', isOperator: true });
  const restricted = stateAfterWrite(granted, false, { name: 'feature.sso', isOperator: false });
  const tenant = { name: 'feature.sso', isOperator: false };
  expect(restricted).toEqual({ value: false, byOperator: false, operatorValue: true });
  expect(withdraw(restricted, tenant)).toEqual({ kind: 'reverted', state: granted });
  expect(withdraw(granted, tenant)).toEqual({ kind: 'refused' });
  expect(withdraw(restricted, { ...tenant, isOperator: true })).toEqual({ kind: 'deleted' });
});

it('keeps nothing of other settings', () => {
  const first = stateAfterWrite(null, 'dark', { name: 'theme', isOperator: true });
  expect(first).toEqual({ value: 'dark', byOperator: true });
  expect(withdraw(first, { name: 'theme', isOperator: false })).toEqual({ kind: 'deleted' });
});

it('counts exactly what is there', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), fc.constantFrom('theme', 'feature.sso'), (steps, name) => {
      let state: SettingState | null = null;
      let [count, bytes] = [0, 0];
      for (const one of steps) {
        const after = next(state, one, name);
        const delta = tallyDelta(state, after);
        [count, bytes, state] = [count + delta.count, bytes + delta.bytes, after];
      }
      expect({ count, bytes }).toEqual(tallyDelta(null, state));
    }),
  );
});

it('measures values in bytes', () => {
  expect(tallyDelta(null, { value: 'é', byOperator: false })).toEqual({ count: 1, bytes: 4 });
  expect(tallyDelta({ value: null, byOperator: false }, null)).toEqual({ count: -1, bytes: -4 });
});
