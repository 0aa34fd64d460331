import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import type { Clock } from '../core/clock.ts';
import { codeOf } from '../core/coded-error.ts';
import { admitPrincipal, ownStandingOf, registeredPrincipal } from '../identity/clinician-principal.ts';
import { beginSession, type SessionBeginning, secretHash } from '../identity/console-sessions.ts';
import {
  type ConsoleSession,
  invitationWaits,
  type SessionEndReason,
  sessionHolds,
} from '../model/console-session.ts';
import type { ClinicianId, SessionId } from '../model/ids.ts';
import type { Clinician } from '../model/people.ts';
import type { Registry } from '../registry/registry.ts';
import { foreignOrigin } from './authenticate.ts';
import type { Authenticate, Caller } from './caller.ts';
import { NetworkRate } from './network-rate.ts';
import { isOwnOrigin } from './own-origin.ts';
import { errorCodeOf, ProblemError, type RefusalRecords, sendProblem } from './problem-details.ts';
import { clearSessionCookie, sessionSecretOf, setSessionCookie } from './session-cookie.ts';
import {
  endSessionSchema,
  type SessionParams,
  type SignInBody,
  sessionSchema,
  sessionsSchema,
  signInSchema,
  signInWaysSchema,
  signOutSchema,
} from './session-schema.ts';

export interface SessionRoutesOptions extends RefusalRecords {
  readonly authenticate: Authenticate;
  readonly registry: Registry;
  readonly sessions: SessionBeginning;
  readonly clock: Clock;
  /** As configured; null: not. */
  readonly consoleUrl: string | null;
  /** What people call the OpenID provider that they may sign in through; null: there is none. */
  readonly openIdName: string | null;
}

/**
 * Attempts of one network that come to nothing. A whole hospital may come from one: whoever has a link that holds is let
 * in however many guess beside them, and nobody guesses 256 bits at any rate.
 */
export const SIGN_INS_PER_MINUTE = 60;
/** Read of strangers: an invitation and what JSON it stands in. Octets. */
const MAX_SIGN_IN_BYTES = 1_024;

/** Why an invitation is refused, for the audit trail: whoever shows it is told one thing only. */
const INVITATION_REFUSALS: Readonly<Record<string, string>> = {
  invitation_unknown: 'unknown',
  invitation_used: 'used',
  invitation_expired: 'expired',
  clinician_unknown: 'clinician_unknown',
  clinician_inactive: 'clinician_inactive',
};

/** Sign-in with an invitation, sign-out, and who is signed in at the console. */
export function addSessionRoutes(app: FastifyInstance, options: SessionRoutesOptions): void {
  const { authenticate, registry, clock, audit } = options;
  const rate = new NetworkRate(SIGN_INS_PER_MINUTE);

  app.get('/v1/sign-in', { schema: signInWaysSchema }, async (_request, reply) => {
    reply.header('cache-control', 'no-store');
    return { openid: options.openIdName === null ? null : { name: options.openIdName } };
  });

  /** Before the body is read. Signing in is no page's of elsewhere: it would sign somebody in as whom it likes. */
  async function admitSignIn(request: FastifyRequest): Promise<void> {
    if (!isOwnOrigin(request, options.consoleUrl)) throw foreignOrigin();
  }

  /** @throws ProblemError `rate_exceeded` */
  function limitGuesses(request: FastifyRequest, reply: FastifyReply, codeHash: string): void {
    const known = registry.invitation(codeHash);
    if (known !== undefined && invitationWaits(known, clock.now())) return;
    const waitS = rate.take(request.ip, clock.monotonic());
    if (waitS === 0) return;
    audit.denied(request, { code: 'rate_exceeded', where: '/v1/session', address: request.ip });
    reply.header('retry-after', waitS);
    throw new ProblemError('rate_exceeded', `too many sign-ins from this address: wait ${waitS} s`);
  }

  /**
   * Who was signed in at this browser is so no longer. Its other windows would go on showing, and acknowledging, as the
   * one, and ask everything else as the other; and a session whose cookie is gone nobody could sign out of.
   */
  async function endFormer(request: FastifyRequest): Promise<void> {
    const secret = sessionSecretOf(request);
    const former = secret === null ? undefined : registry.sessionWithSecret(secretHash(secret));
    if (former !== undefined) await end(former, 'signed_out', former.clinician);
  }

  app.post(
    '/v1/session',
    { schema: signInSchema, onRequest: admitSignIn, bodyLimit: MAX_SIGN_IN_BYTES },
    async (request: FastifyRequest, reply: FastifyReply) => {
      const { invitation } = request.body as Static<typeof SignInBody>;
      const now = clock.now();
      const codeHash = secretHash(invitation);
      limitGuesses(request, reply, codeHash);
      try {
        const { clinician } = await registry.redeemInvitation(codeHash, now);
        const principal = registeredPrincipal(clinician);
        audit.identified(request, { kind: 'clinician', id: clinician });
        const standing = admitPrincipal(registry, principal, now);
        audit.acted({ action: 'invitation_used', subject: clinician }, { kind: 'clinician', id: clinician });
        await endFormer(request);
        const via = { via: 'invitation', address: request.ip } as const;
        const begun = await beginSession(options.sessions, { principal, ...via });
        setSessionCookie(reply, begun, now);
        return reply.code(201).send(answerOf(begun.session, standing));
      } catch (error) {
        const reason = INVITATION_REFUSALS[codeOf(error)];
        if (reason === undefined) throw error;
        return refuseInvitation(request, reply, reason);
      }
    },
  );

  function refuseInvitation(request: FastifyRequest, reply: FastifyReply, reason: string): FastifyReply {
    const code = 'invitation_invalid';
    options.denials.refused(code, { code, reason, route: '/v1/session', remote: request.ip });
    audit.denied(request, { code, reason, where: '/v1/session', address: request.ip });
    return sendProblem(reply, code, 'the invitation is not valid, or is no longer');
  }

  /** A cookie whose session is over is taken from the browser. */
  const forgetOver = (error: Error, _request: FastifyRequest, reply: FastifyReply): never => {
    if (errorCodeOf(error) === 'session_ended') clearSessionCookie(reply);
    throw error;
  };

  app.get(
    '/v1/session',
    { schema: sessionSchema, errorHandler: forgetOver },
    async (request: FastifyRequest, reply: FastifyReply) => {
      // What every page asks first: nobody is turned away by hearing that they are not signed in.
      if (request.headers.authorization === undefined && sessionSecretOf(request) === null)
        return sendProblem(reply, 'token_missing', 'nobody is signed in');
      const caller = await authenticate(request);
      reply.header('cache-control', 'no-store');
      return answerOf(sessionOf(caller), ownStandingOf(registry, caller.principal) ?? caller.clinician);
    },
  );

  app.delete(
    '/v1/session',
    { schema: signOutSchema, errorHandler: forgetOver },
    async (request: FastifyRequest, reply: FastifyReply) => {
      const caller = await authenticate(request);
      await end(sessionOf(caller), 'signed_out', caller.principal.id);
      clearSessionCookie(reply);
      return reply.code(204).send();
    },
  );

  async function admin(request: FastifyRequest): Promise<Caller> {
    const caller = await authenticate(request);
    const { role } = caller.clinician;
    if (role === 'admin') return caller;
    throw new ProblemError('role_forbidden', `role ${role} does not see who is signed in`);
  }

  app.get('/v1/sessions', { schema: sessionsSchema }, async (request: FastifyRequest, reply) => {
    await admin(request);
    const now = clock.now();
    const holding = registry.sessions().filter((session) => sessionHolds(session, now));
    reply.header('cache-control', 'no-store');
    return {
      sessions: holding.map(({ id, clinician, via, from, until: expires }) => ({
        ...{ id, clinician, via, from, expires },
      })),
    };
  });

  app.delete(
    '/v1/sessions/:id',
    { schema: endSessionSchema },
    async (request: FastifyRequest, reply: FastifyReply) => {
      const { principal } = await admin(request);
      const { id } = request.params as Static<typeof SessionParams>;
      const session = registry.session(id as SessionId);
      if (session === undefined) throw new ProblemError('not_found', `there is no session ${id}`);
      await end(session, 'ended_by_admin', principal.id);
      return reply.code(204).send();
    },
  );

  async function end(session: ConsoleSession, reason: SessionEndReason, by: ClinicianId): Promise<void> {
    const { id, clinician } = session;
    if (!(await registry.endSession(id, clock.now(), reason))) return;
    const act = { action: 'session_ended', subject: clinician, details: { session: id, reason } } as const;
    audit.acted(act, { kind: 'clinician', id: by });
  }
}

function sessionOf({ session }: Caller): ConsoleSession {
  if (session !== null) return session;
  throw new ProblemError('not_found', 'a bearer token has no session: it holds until it expires');
}

function answerOf({ id, until }: ConsoleSession, { id: clinician, role, wards, patients }: Clinician) {
  return { id, clinician, role, wards, patients, expires: until };
}
