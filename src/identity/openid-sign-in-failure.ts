import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client';
import { CodedError } from '../core/coded-error.ts';
import { IdentityError } from './identity-error.ts';

/** An `error` of the provider's (RFC 6749 sections 4.1.2.1 and 5.2): all that are defined look so. */
const ERROR = /^[a-z_]{1,64}$/;
/** What the provider answers when it can't at the moment (RFC 6749 section 4.1.2.1). */
const AWAY: ReadonlySet<string> = new Set(['server_error', 'temporarily_unavailable']);
/** What the library finds in an answer that is none of a provider in order. */
const NO_ANSWER: ReadonlySet<string> = new Set([
  'OAUTH_RESPONSE_IS_NOT_CONFORM',
  'OAUTH_RESPONSE_IS_NOT_JSON',
  'OAUTH_PARSE_ERROR',
  'OAUTH_TIMEOUT',
]);

/**
 * Why a sign-in came to nothing. The library's errors hold what it read, codes and tokens: none of them becomes a cause.
 * @returns IdentityError `sign_in_failed`, `role_forbidden` or `identity_provider_unavailable`; anything else that was thrown
 *   as it is
 */
export function signInFailure(cause: unknown): unknown {
  if (cause instanceof IdentityError) {
    if (cause.code !== 'token_invalid' && cause.code !== 'token_expired') return cause;
    return failed(`the provider's ID token does not hold: ${cause.message}`);
  }
  if (cause instanceof CodedError) return unavailable(cause.code);
  if (cause instanceof AuthorizationResponseError) {
    const error = errorName(cause.error);
    return AWAY.has(error) ? unavailable(error) : failed(`the provider answered ${error}`);
  }
  if (cause instanceof ResponseBodyError) {
    const error = errorName(cause.error);
    // A code that was used, has ended, is another client's, or of another verifier.
    return error === 'invalid_grant' ? failed('the provider does not take its code') : unavailable(error);
  }
  // RFC 6749 section 5.2: `invalid_client` may come as a challenge alone.
  if (cause instanceof WWWAuthenticateChallengeError) return unavailable('invalid_client');
  if (cause instanceof ClientError) {
    if (cause.cause instanceof CodedError) return unavailable(cause.cause.code);
    const code = cause.code ?? 'unexpected';
    return NO_ANSWER.has(code) ? unavailable(code) : failed(`the provider's answer is not valid (${code})`);
  }
  return cause;
}

function errorName(error: string): string {
  return ERROR.test(error) ? error : 'an unknown error';
}

function failed(reason: string): IdentityError {
  return new IdentityError('sign_in_failed', `the sign-in can not be completed: ${reason}`);
}

function unavailable(code: string): IdentityError {
  return new IdentityError(
    'identity_provider_unavailable',
    `the identity provider can not complete the sign-in (${code})`,
  );
}
