import type { FastifyRequest } from 'fastify';
import type { Clock } from '../core/clock.ts';
import { bearerTokenOf } from '../identity/access-token.ts';
import { admitPrincipal, type VerifiedClinician } from '../identity/clinician-principal.ts';
import { admitSession, secretHash, sessionPrincipal } from '../identity/console-sessions.ts';
import { tokenFingerprint } from '../identity/token-fingerprint.ts';
import type { DoorAudit } from '../observe/audit-doors.ts';
import type { Registry } from '../registry/registry.ts';
import type { Authenticate, Caller } from './caller.ts';
import { isOwnOrigin, needsOwnOrigin } from './own-origin.ts';
import { ProblemError } from './problem-details.ts';
import { sessionSecretOf } from './session-cookie.ts';
import type { UnauthenticatedSockets } from './unauthenticated-sockets.ts';

export interface AuthenticateOptions {
  readonly verify: (token: string) => Promise<VerifiedClinician>;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly audit: DoorAudit;
  readonly unauthenticated: UnauthenticatedSockets;
  /** Where people open the console, as configured; null: not. */
  readonly consoleUrl: string | null;
}

/** How the clinician listener finds out who asks: by a bearer token, and where none is sent by the console's cookie. */
export function authenticateBy(options: AuthenticateOptions): Authenticate {
  const { registry, clock, audit } = options;

  async function byToken(request: FastifyRequest): Promise<Caller> {
    const token = bearerTokenOf(request.headers.authorization);
    const { principal, expires } = await options.verify(token);
    audit.identified(request, { kind: 'clinician', id: principal.id });
    const clinician = admitPrincipal(registry, principal, clock.now());
    audit.signedIn(principal.id, tokenFingerprint(token), request.ip);
    return { principal, clinician, tokenExpires: expires, session: null };
  }

  function bySession(request: FastifyRequest, secret: string): Caller {
    const now = clock.now();
    const session = admitSession(registry, secretHash(secret), now, ({ clinician }) =>
      audit.identified(request, { kind: 'clinician', id: clinician }),
    );
    if (needsOwnOrigin(request) && !isOwnOrigin(request, options.consoleUrl)) throw foreignOrigin();
    const principal = sessionPrincipal(session);
    const clinician = admitPrincipal(registry, principal, now);
    return { principal, clinician, tokenExpires: session.until, session };
  }

  async function identify(request: FastifyRequest): Promise<Caller> {
    const secret = request.headers.authorization === undefined ? sessionSecretOf(request) : null;
    const caller = secret === null ? await byToken(request) : bySession(request, secret);
    options.unauthenticated.identified(request.raw.socket);
    return caller;
  }

  /**
   * Who sent it is found out once, how they stand at every question: between the hook that turns strangers away and the
   * handler a slow body may keep a request open for long, and whoever was turned away meanwhile does nothing by it.
   */
  function readmitted(caller: Caller): Caller {
    const { principal, session } = caller;
    const now = clock.now();
    if (session !== null) admitSession(registry, session.secret_hash, now);
    return { ...caller, clinician: admitPrincipal(registry, principal, now) };
  }

  const asked = new WeakMap<FastifyRequest, Promise<Caller>>();
  return (request) => {
    const known = asked.get(request);
    if (known !== undefined) return known.then(readmitted);
    const identified = identify(request);
    asked.set(request, identified);
    return identified;
  };
}

/** A page of elsewhere made the browser send this. */
export function foreignOrigin(): ProblemError {
  return new ProblemError('origin_forbidden', "Origin is not this server's own");
}
