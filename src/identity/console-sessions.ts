import { hash, randomBytes, randomUUID } from 'node:crypto';
import type { Clock, EpochMs } from '../core/clock.ts';
import {
  type ConsoleSession,
  type Invitation,
  type SessionVia,
  sessionHolds,
} from '../model/console-session.ts';
import { type ClinicianId, sessionId } from '../model/ids.ts';
import type { DoorAudit } from '../observe/audit-doors.ts';
import { auditText } from '../observe/audit-entry.ts';
import type { Registry } from '../registry/registry.ts';
import type { ClinicianPrincipal } from './clinician-principal.ts';
import { IdentityError } from './identity-error.ts';

/** Octets of a session's secret and of an invitation's code: none of either can be guessed. */
const SECRET_BYTES = 32;

/** What sessions are begun with. */
export interface SessionBeginning {
  readonly registry: Pick<Registry, 'addSession'>;
  readonly clock: Clock;
  readonly audit: Pick<DoorAudit, 'acted'>;
  /** How long a session lasts. Milliseconds. */
  readonly sessionMs: number;
}

/** Who signed in, and how. That they are admitted (`admitPrincipal`) is the caller's to see to. */
export interface NewSession {
  readonly principal: ClinicianPrincipal;
  readonly via: SessionVia;
  /** The address they came from, for the audit trail. */
  readonly address: string;
  /** Not to last longer than this, whatever the setting says; absent: as the setting says. */
  readonly until?: EpochMs;
}

/** A session and the secret that its cookie is to hold; only the secret's hash is written down. */
export interface BegunSession {
  readonly secret: string;
  readonly session: ConsoleSession;
}

/**
 * Begins a console session and puts it on record. Those of the same person beyond the most there may be end with it.
 * @throws CodedError `registry_disk_full`, `registry_failed`; `invalid_entry` when `until` is not after now
 */
export async function beginSession(
  { registry, clock, audit, sessionMs }: SessionBeginning,
  { principal, via, address, until: latest }: NewSession,
): Promise<BegunSession> {
  const { id: clinician, role, scope } = principal;
  const secret = newSecret();
  const from = clock.now();
  const until = Math.min(from + sessionMs, latest ?? Number.POSITIVE_INFINITY);
  const session: ConsoleSession = {
    ...{ id: sessionId(randomUUID()), secret_hash: secretHash(secret), clinician, role, scope },
    ...{ via, from, until, ended: null },
  };
  const pushedOut = await registry.addSession(session);
  const actor = { kind: 'clinician', id: clinician } as const;
  const details = { session: session.id, via, address: auditText(address) };
  const begun = { ...details, until: new Date(until).toISOString() };
  audit.acted({ action: 'session_begun', subject: clinician, details: begun }, actor);
  for (const id of pushedOut) {
    const ended = { session: id, reason: 'too_many' };
    audit.acted({ action: 'session_ended', subject: clinician, details: ended });
  }
  return { secret, session };
}

/**
 * Lets somebody sign in once, with the code that is given. That they are registered and active is the caller's to see
 * to, and to put it on record (`invitation_issued`) before the code is shown.
 * @param ttlMs how long the code may be used, at most `MAX_INVITATION_MS`
 * @throws CodedError `registry_disk_full`, `registry_failed`
 */
export async function issueInvitation(
  { registry, clock }: { readonly registry: Pick<Registry, 'addInvitation'>; readonly clock: Clock },
  { clinician, ttlMs }: { readonly clinician: ClinicianId; readonly ttlMs: number },
): Promise<{ readonly code: string; readonly invitation: Invitation }> {
  const code = newSecret();
  const from = clock.now();
  const until = from + ttlMs;
  const invitation: Invitation = { code_hash: secretHash(code), clinician, from, until, used_at: null };
  await registry.addInvitation(invitation);
  return { code, invitation };
}

/** Where an invitation is used. What stands behind # is sent to nobody: no log and no prefetch has it. */
export function signInLink(consoleUrl: string, code: string): string {
  return `${consoleUrl}/sign-in#${code}`;
}

/** 256 random bits in base64url: a session's secret, or an invitation's code. */
export function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** What the registry knows a secret or a code by. The bits are random, so that a plain hash is enough. */
export function secretHash(secret: string): string {
  return hash('sha256', secret, 'base64url');
}

/** Whom a session is of, as `authenticate` takes them. */
export function sessionPrincipal({ clinician, role, scope }: ConsoleSession): ClinicianPrincipal {
  return { id: clinician, role, scope };
}

/**
 * The session of a cookie's secret, if it holds at `now`. Unknown, ended and over look the same.
 * @param hash of the secret
 * @param onKnown told of the session also when it does not hold, so that its refusal is put on record by name
 * @throws IdentityError `session_ended`
 */
export function admitSession(
  registry: Pick<Registry, 'sessionWithSecret'>,
  hash: string,
  now: EpochMs,
  onKnown?: (session: ConsoleSession) => void,
): ConsoleSession {
  const session = registry.sessionWithSecret(hash);
  if (session !== undefined) onKnown?.(session);
  if (session === undefined || !sessionHolds(session, now)) {
    throw new IdentityError('session_ended', 'the session of the cookie is over: sign in again');
  }
  return session;
}
