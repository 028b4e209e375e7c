import { LandlordError } from '../pure/errors.js';
import { generateId } from '../pure/keys.js';
import { type Refusal } from './command.js';

/** A store's refusal as the error a caller sees. */
export function refusalError(refusal: Refusal): LandlordError {
  const id = generateId(refusal.key.pk, refusal.key.sk);
  switch (refusal.reason) {
    case 'version_conflict':
      return new LandlordError(
        'version_conflict',
        `${id} is at version ${refusal.currentVersion}, not ${refusal.givenVersion}; read it again and repeat the change`,
        { facts: { currentVersion: refusal.currentVersion, givenVersion: refusal.givenVersion } },
      );
    case 'item_absent':
      return new LandlordError('not_found', `${id} not found`);
    case 'out_of_bounds':
      return new LandlordError(
        'out_of_bounds',
        `${refusal.attribute} of ${id} is ${refusal.current}; changing it by ${refusal.by} passes the bound ${refusal.bound}`,
        {
          facts: {
            attribute: refusal.attribute,
            current: refusal.current,
            by: refusal.by,
            bound: refusal.bound,
          },
        },
      );
    case 'not_numeric':
      return new LandlordError('validation_failed', `${refusal.attribute} of ${id} is not a number`, {
        errors: [{ path: refusal.attribute, message: 'is not a number and cannot be incremented' }],
      });
    case 'unstorable':
      return new LandlordError('validation_failed', `${refusal.path} of ${id} ${refusal.message}`, {
        errors: [{ path: refusal.path, message: refusal.message }],
      });
  }
}
