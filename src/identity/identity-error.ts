import { CodedError } from '../core/coded-error.ts';

/** Why a peer is turned away, and the HTTP status that says so: 401 who are you, 403 you are known and may not. */
const STATUS = {
  token_missing: 401,
  token_invalid: 401,
  token_expired: 401,
  token_not_bound: 401,
  certificate_malformed: 401,
  certificate_wrong_usage: 401,
  certificate_unknown: 401,
  certificate_superseded: 401,
  certificate_revoked: 401,
  certificate_not_yet_valid: 401,
  certificate_expired: 401,
  clinician_unknown: 401,
  clinician_inactive: 403,
  device_suspended: 403,
  device_revoked: 403,
} as const satisfies Readonly<Record<string, 401 | 403>>;

export type IdentityErrorCode = keyof typeof STATUS;

/** Every code of IdentityError, for documents and metrics. */
export const IDENTITY_ERROR_CODES = Object.keys(STATUS) as readonly IdentityErrorCode[];

/** A refused identity. The message is for the log and for the peer: it never repeats a token or a key. */
export class IdentityError extends CodedError<IdentityErrorCode> {
  override readonly name = 'IdentityError';

  get status(): 401 | 403 {
    return STATUS[this.code];
  }
}
