import { ERROR_CODES, type ErrorCode } from '../protocol/error-codes.ts';

/** Why a command of the feed was not carried out. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  /** Why in truth, where that must not be told: it goes on record, not to the client. */
  readonly onRecordAs?: ErrorCode;
  /** When to come back, with `rate_exceeded`. Seconds. */
  readonly retryAfterS?: number;
}

/** The code under which a refusal goes on record; null: nobody was turned away, as REST's 401 and 403 do. */
export function denialOf({ code, onRecordAs = code }: Refusal): ErrorCode | null {
  const { status } = ERROR_CODES[onRecordAs];
  return status === 401 || status === 403 ? onRecordAs : null;
}

/** Unknown patients and those of others look the same. */
export function outsideScope(patient: string): Refusal {
  return { code: 'patient_forbidden', message: `patient ${patient} is unknown or outside your scope` };
}

/** A field holds a word that it cannot hold. */
export function notOneOf(field: string, value: string, allowed: readonly string[]): Refusal {
  const message = `${field} "${value.slice(0, 64)}" is not known: use one of ${allowed.join(', ')}`;
  return { code: 'invalid_request', message };
}
