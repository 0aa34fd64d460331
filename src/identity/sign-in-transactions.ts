import { createCipheriv, createDecipheriv, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import { IdentityError } from './identity-error.ts';

/** How long somebody has for their password and second factor. Milliseconds. */
export const SIGN_IN_MS = 10 * 60_000;
/** Longer than any seal made here; what is beyond is not opened. */
const MAX_SEALED_LENGTH = 2_048;
/** Completed sign-ins remembered until their time is over; the oldest makes room, its code is used up by then. */
const MAX_COMPLETED = 10_000;

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** What a sign-in at the provider was begun with, and must be completed with. */
export interface SignInTransaction {
  /** Of this browser's request (RFC 6749 section 10.12). */
  readonly state: string;
  /** Of the ID token (OpenID Connect Core section 3.1.2.1). */
  readonly nonce: string;
  /** Of PKCE (RFC 7636 section 4.1). */
  readonly verifier: string;
  /** The path of this site that the person wanted. */
  readonly returnTo: string;
}

/**
 * Sign-ins under way, each sealed into what its browser keeps: nothing is held for those who never come back, so that a
 * flood of beginnings takes no memory and pushes nobody out. The key lives as long as the process, and a sign-in that is
 * under way when it ends is begun again. One that came back is remembered, and completes once.
 */
export class SignInTransactions {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #key = randomBytes(KEY_BYTES);
  /** Ends by state, oldest first. */
  readonly #completed = new Map<string, number>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** For the browser's cookie: nobody can read or change it, and it ends after ten minutes. */
  seal(transaction: SignInTransaction): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key, nonce);
    const ends = this.#clock.monotonic() + SIGN_IN_MS;
    const sealed = Buffer.concat([cipher.update(JSON.stringify({ ...transaction, ends })), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  /**
   * The transaction that the provider's answer with this `state` belongs to; used up by this. An answer of another state
   * leaves it as it is: whoever sends a browser here with one ends nobody's sign-in.
   * @param sealed what the browser keeps; null: nothing
   * @throws IdentityError `sign_in_failed`
   */
  take(sealed: string | null, state: string | null): SignInTransaction {
    if (sealed === null) throw failed('this browser has not begun it');
    const { ends, ...transaction } = this.#opened(sealed);
    if (state === null || !same(state, transaction.state)) throw failed('this browser has begun another one');
    const now = this.#clock.monotonic();
    if (ends <= now) throw failed('it took longer than ten minutes');
    this.#forget(now);
    if (this.#completed.has(transaction.state)) throw failed('it was completed already');
    this.#completed.set(transaction.state, ends);
    return transaction;
  }

  #opened(sealed: string): SignInTransaction & { readonly ends: number } {
    const bytes = Buffer.from(sealed.slice(0, MAX_SEALED_LENGTH), 'base64url');
    try {
      const decipher = createDecipheriv(CIPHER, this.#key, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      });
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      const text = Buffer.concat([
        decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)),
        decipher.final(),
      ]);
      return JSON.parse(text.toString('utf8'));
    } catch (cause) {
      throw failed('the server was restarted meanwhile, or the cookie is damaged', cause);
    }
  }

  #forget(now: number): void {
    for (const [state, ends] of this.#completed) {
      if (ends > now && this.#completed.size < MAX_COMPLETED) break;
      this.#completed.delete(state);
    }
  }
}

function same(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function failed(reason: string, cause?: unknown): IdentityError {
  return new IdentityError('sign_in_failed', `the sign-in can not be completed: ${reason}`, { cause });
}
