import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { Clock } from '../core/clock.ts';
import { admitPrincipal } from '../identity/clinician-principal.ts';
import { beginSession, type SessionBeginning } from '../identity/console-sessions.ts';
import type { OpenIdSignIn } from '../identity/openid-sign-in.ts';
import { SIGN_IN_MS, SignInTransactions } from '../identity/sign-in-transactions.ts';
import { returnPath } from '../protocol/return-path.ts';
import type { Registry } from '../registry/registry.ts';
import { NetworkRate } from './network-rate.ts';
import { errorCodeOf, ProblemError, type RefusalRecords, recordRefusal } from './problem-details.ts';
import { setSessionCookie } from './session-cookie.ts';
import { sendSignedInPage, sendSignInFailure } from './sign-in-page.ts';

/** Keeps a sign-in under way in the browser that began it. */
export const SIGN_IN_COOKIE = '__Host-vitalwire_sign_in';
/** Lax: it must come back with the redirect from the provider's site, and does with nothing but such a navigation. */
const COOKIE_FLAGS = { path: '/', httpOnly: true, secure: true, sameSite: 'lax' } as const;

/** Of one address, where a whole hospital may come from: twice that many sign-ins as there are in the rush of a shift. */
const REQUESTS_PER_MINUTE = 300;

export interface OpenIdSignInRoutes extends RefusalRecords {
  readonly signIn: OpenIdSignIn;
  readonly registry: Registry;
  readonly sessions: SessionBeginning;
  readonly clock: Clock;
}

const page = (description: string) => ({
  description,
  content: { 'text/html': { schema: Type.String() } },
});
const failures = {
  429: page('Too many sign-ins from this address.'),
  503: page('The provider, or the server, can not do it at the moment.'),
};

const beginSchema = {
  summary: 'Sign in at the console through the OpenID provider: leads there',
  tags: ['identity'],
  querystring: Type.Object({
    return: Type.Optional(
      Type.String({
        description: 'Where to go afterwards: a path of the console. Anything else counts as `/`.',
      }),
    ),
  }),
  response: { 302: { description: 'To the provider.', type: 'null' }, ...failures },
};

const callbackSchema = {
  summary: 'Where the provider leads back to: begins the session, and leads on to the console',
  tags: ['identity'],
  response: {
    200: page('Signed in: the session is in the cookie, the page goes on to the console.'),
    401: page('The registry does not know the person.'),
    403: page('The sign-in came to nothing, or the person has no role here or is no longer active.'),
    ...failures,
  },
};

/** Sign-in at the console through the provider. All answers are for people who look at a browser. */
export function addOpenIdSignInRoutes(app: FastifyInstance, options: OpenIdSignInRoutes): void {
  const { signIn, registry, sessions, clock } = options;
  const transactions = new SignInTransactions(clock);
  const rate = new NetworkRate(REQUESTS_PER_MINUTE);
  const bounded = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const waitS = rate.take(request.ip, clock.monotonic());
    if (waitS === 0) return;
    reply.header('retry-after', waitS);
    throw new ProblemError('rate_exceeded', `too many sign-ins from this address: wait ${waitS} s`);
  };

  app.register(async (scope) => {
    scope.setErrorHandler((error: Error & { code?: unknown }, request, reply) => {
      const code = errorCodeOf(error) ?? 'internal_error';
      if (code !== 'internal_error') {
        recordRefusal(options, request, { code, reason: error.message });
        return sendSignInFailure(reply, code, error.message);
      }
      const { url: route } = request.routeOptions;
      options.log.error({ event: 'request_failed', err: error, route }, 'request failed');
      return sendSignInFailure(reply, code, 'the server failed to answer');
    });

    // Not for HEAD: whoever only looks at a link must not use it up.
    scope.get(
      '/v1/sign-in/openid',
      { schema: beginSchema, exposeHeadRoute: false, onRequest: bounded },
      async (request: FastifyRequest<{ Querystring: { return?: string } }>, reply) => {
        const { url, transaction } = await signIn.begin();
        const sealed = transactions.seal({ ...transaction, returnTo: returnPath(request.query.return) });
        return reply
          .setCookie(SIGN_IN_COOKIE, sealed, { ...COOKIE_FLAGS, maxAge: SIGN_IN_MS / 1_000 })
          .headers({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
          .redirect(url.href, 302);
      },
    );

    scope.get(
      '/v1/sign-in/openid/callback',
      { schema: callbackSchema, exposeHeadRoute: false, onRequest: bounded },
      async (request, reply) => {
        const { search, searchParams } = new URL(request.raw.url ?? '', 'https://callback.invalid');
        const sealed = request.cookies[SIGN_IN_COOKIE] ?? null;
        const transaction = transactions.take(sealed, searchParams.get('state'));
        reply.clearCookie(SIGN_IN_COOKIE, COOKIE_FLAGS);
        const principal = await signIn.complete(search, transaction);
        options.audit.identified(request, { kind: 'clinician', id: principal.id });
        admitPrincipal(registry, principal, clock.now());
        const begun = await beginSession(sessions, { principal, via: 'openid', address: request.ip });
        setSessionCookie(reply, begun, clock.now());
        return sendSignedInPage(reply, transaction.returnTo);
      },
    );
  });
}
