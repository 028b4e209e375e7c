import { invalidInput, LandlordError } from '@landlord/kernel';
import { type DeclaredOperation } from '@landlord/saas';

/** The store names a bad cursor `cursor`; the caller gave it as `query.cursor`. Other errors are left as they are. */
export function namedAsAsked(error: unknown, operation: Pick<DeclaredOperation, 'query'> | null): unknown {
  if (!(error instanceof LandlordError) || error.code !== 'validation_failed') return error;
  const [issue, ...others] = error.errors;
  if (issue?.path !== 'cursor' || others.length > 0) return error;
  return takesCursor(operation) ? invalidInput('query.cursor', issue.message) : error;
}

function takesCursor(operation: Pick<DeclaredOperation, 'query'> | null): boolean {
  return operation?.query !== undefined && 'cursor' in operation.query.shape;
}
