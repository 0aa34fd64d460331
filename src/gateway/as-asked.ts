import { CodedError } from '../core/coded-error.ts';
import { ProblemError } from './problem-details.ts';

/**
 * Does what a caller asked of the registry; an entry that is not as it must be is the caller's fault.
 * @throws ProblemError `invalid_request`, and what `work` throws else
 */
export async function asAsked<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof CodedError && cause.code === 'invalid_entry')
      throw new ProblemError('invalid_request', cause.message, { cause });
    throw cause;
  }
}
