import { errors } from 'jose';
import { IdentityError } from './identity-error.ts';

export function invalidToken(reason: string, cause?: unknown): IdentityError {
  return new IdentityError('token_invalid', `the token is not valid: ${reason}`, { cause });
}

export function expiredToken(cause?: unknown): IdentityError {
  return new IdentityError('token_expired', 'the token has expired: ask for a new one', { cause });
}

/**
 * Whatever goes wrong while a stranger's token is read is a refusal, never a failure of ours.
 * @param algorithms those that are allowed, for people.
 */
export function tokenRefusal(cause: unknown, algorithms: string): IdentityError {
  if (cause instanceof IdentityError) return cause;
  if (cause instanceof errors.JWTExpired) return expiredToken(cause);
  return invalidToken(reasonOf(cause, algorithms), cause);
}

function reasonOf(cause: unknown, algorithms: string): string {
  if (cause instanceof errors.JWTClaimValidationFailed) return `"${cause.claim}" is missing or wrong`;
  if (cause instanceof errors.JWSSignatureVerificationFailed) return 'the signature does not match';
  if (cause instanceof errors.JOSEAlgNotAllowed) return `"alg" is not ${algorithms}`;
  return `it is not a JWT signed with ${algorithms}`;
}
