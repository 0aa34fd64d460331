import type { KeyObject } from 'node:crypto';
import { compactVerify } from 'jose';
import { invalidToken, tokenRefusal } from './token-refusal.ts';

/** The one algorithm of the tokens issued here. */
export const TOKEN_ALGORITHM = 'ES256';

const PARTS = 3;
const letters = /^[A-Za-z0-9_-]+$/;

/**
 * A compact JWS has one way to be written: three parts of base64url without padding, white space or bits that say
 * nothing (RFC 7515 section 2, RFC 4648 3.5). The decoder takes others too, so that one signature would have many texts.
 * @throws IdentityError `token_invalid`
 */
export function checkCompactForm(token: string): void {
  const parts = token.split('.');
  if (parts.length === PARTS && parts.every(isCanonical)) return;
  throw invalidToken('it is not three parts of base64url without padding');
}

function isCanonical(part: string): boolean {
  return letters.test(part) && Buffer.from(part, 'base64url').toString('base64url') === part;
}

/**
 * Verifies form, algorithm and signature of a compact JWS, and nothing of what it says.
 * @throws IdentityError `token_invalid`
 */
export async function verifyTokenSignature(key: KeyObject, token: string): Promise<void> {
  checkCompactForm(token);
  try {
    await compactVerify(token, key, { algorithms: [TOKEN_ALGORITHM] });
  } catch (cause) {
    throw tokenRefusal(cause, TOKEN_ALGORITHM);
  }
}
