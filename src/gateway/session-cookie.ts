import cookie from '@fastify/cookie';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { EpochMs } from '../core/clock.ts';
import type { BegunSession } from '../identity/console-sessions.ts';

/**
 * `__Host-`: a browser takes it over TLS only, for all paths, and sends it to no other host, so that no neighbour under
 * the same domain can plant one (RFC 6265bis 4.1.3.2).
 */
export const SESSION_COOKIE = '__Host-vitalwire_session';

const FLAGS = { path: '/', httpOnly: true, secure: true, sameSite: 'strict' } as const;

/** Longer than any secret made here; what is beyond is not looked up. */
const MAX_SECRET_LENGTH = 64;

/** Makes a listener read and write cookies: before its routes are added. */
export async function takeCookies(app: FastifyInstance): Promise<void> {
  await app.register(cookie);
}

/** Hands a begun session to the browser, for as long as it lasts. The answer must not be kept by anybody. */
export function setSessionCookie(reply: FastifyReply, { secret, session }: BegunSession, now: EpochMs): void {
  const maxAge = Math.max(0, Math.floor((session.until - now) / 1_000));
  reply.header('cache-control', 'no-store').setCookie(SESSION_COOKIE, secret, { ...FLAGS, maxAge });
}

/** Takes the session's cookie from the browser. */
export function clearSessionCookie(reply: FastifyReply): void {
  reply.header('cache-control', 'no-store').clearCookie(SESSION_COOKIE, FLAGS);
}

/** The secret of the session's cookie; null when none was sent. */
export function sessionSecretOf(request: FastifyRequest): string | null {
  const secret = request.cookies[SESSION_COOKIE];
  return secret === undefined || secret === '' ? null : secret.slice(0, MAX_SECRET_LENGTH);
}
