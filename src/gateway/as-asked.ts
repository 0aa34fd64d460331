import { CodedError } from '../core/coded-error.ts';
import type { ErrorCode } from '../protocol/error-codes.ts';
import { ProblemError } from './problem-details.ts';

/** What the registry refuses and the caller can put right, by its code. */
const CALLERS_FAULTS: Readonly<Record<string, ErrorCode>> = {
  invalid_entry: 'invalid_request',
  invalid_id: 'invalid_request',
  invalid_assignment: 'invalid_request',
  unknown_device: 'not_found',
  unknown_certificate: 'not_found',
  unknown_patient: 'not_found',
  revoked: 'revoked_for_good',
};

/**
 * Does what a caller asked of the registry; an entry that is not as it must be, or not there, is the caller's fault.
 * @throws ProblemError `invalid_request`, `not_found`, `revoked_for_good`, and what `work` throws else
 */
export async function asAsked<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const code = cause instanceof CodedError ? CALLERS_FAULTS[cause.code] : undefined;
    if (code !== undefined) throw new ProblemError(code, (cause as CodedError).message, { cause });
    throw cause;
  }
}
