import { CodedError } from '../core/coded-error.ts';

/** Why a peer is turned away. The HTTP status of each stands in the table of error codes, `protocol/error-codes.ts`. */
export type IdentityErrorCode =
  | 'token_missing'
  | 'token_invalid'
  | 'token_expired'
  | 'session_ended'
  | 'token_not_bound'
  | 'certificate_malformed'
  | 'certificate_wrong_usage'
  | 'certificate_unknown'
  | 'certificate_superseded'
  | 'certificate_revoked'
  | 'certificate_not_yet_valid'
  | 'certificate_expired'
  | 'clinician_unknown'
  | 'clinician_inactive'
  | 'role_forbidden'
  | 'identity_provider_unavailable'
  | 'sign_in_failed'
  | 'device_suspended'
  | 'device_revoked';

/** A refused identity. The message is for the log and for the peer: it never repeats a token or a key. */
export class IdentityError extends CodedError<IdentityErrorCode> {
  override readonly name = 'IdentityError';
}
