import type { EpochMs } from '../core/clock.ts';
import type { ClinicianId, PatientId, SessionId, WardId } from './ids.ts';
import type { Role } from './people.ts';

/** How somebody signed in at the console: with an invitation, or through the OpenID provider. */
export const SESSION_VIAS = ['invitation', 'openid'] as const;
export type SessionVia = (typeof SESSION_VIAS)[number];

/**
 * Why a session ended before its time: its own person signed out, an admin ended it, the person began more than there
 * may be, the person is no longer active, or the registry is of a backup, which does not know who has signed out since.
 */
export const SESSION_END_REASONS = [
  'signed_out',
  'ended_by_admin',
  'too_many',
  'deactivated',
  'data_restored',
] as const;
export type SessionEndReason = (typeof SESSION_END_REASONS)[number];

/** Somebody signed in at the console, in [from, until) unless it ended before. */
export interface ConsoleSession {
  /** Names it to people and in the audit trail; it admits nobody. */
  readonly id: SessionId;
  /** Unpadded base64url SHA-256 of the secret that the cookie holds. */
  readonly secret_hash: string;
  readonly clinician: ClinicianId;
  /** As the provider said at the sign-in; null: the registry says, anew at every use. */
  readonly role: Role | null;
  readonly scope: { readonly wards: readonly WardId[]; readonly patients: readonly PatientId[] } | null;
  readonly via: SessionVia;
  readonly from: EpochMs;
  readonly until: EpochMs;
  /** When and why it ended before its time; null: it did not. */
  readonly ended: { readonly at: EpochMs; readonly reason: SessionEndReason } | null;
}

/** A right to begin one session as somebody, once, in [from, until). */
export interface Invitation {
  /** Unpadded base64url SHA-256 of the code that the link holds. */
  readonly code_hash: string;
  readonly clinician: ClinicianId;
  readonly from: EpochMs;
  readonly until: EpochMs;
  readonly used_at: EpochMs | null;
}

/** The longest that a session and an invitation may hold. Milliseconds. */
export const MAX_SESSION_MS = 7 * 86_400_000;
export const MAX_INVITATION_MS = 86_400_000;

/** Sessions, and invitations that wait for their use, that one person may have: the oldest makes room. */
export const MAX_SESSIONS_OF_CLINICIAN = 20;
export const MAX_INVITATIONS_OF_CLINICIAN = 20;

/** How long a session or an invitation that is over stays readable, and how many of one person's do. */
export const PAST_SESSIONS_KEPT_MS = 30 * 86_400_000;
export const SESSIONS_KEPT_OF_CLINICIAN = 200;

/** Whether an invitation may still be used at `now`. */
export function invitationWaits({ used_at, until }: Invitation, now: EpochMs): boolean {
  return used_at === null && now < until;
}

/** When a session was over, or will be. */
export function sessionEnd({ ended, until }: ConsoleSession): EpochMs {
  return ended === null ? until : Math.min(ended.at, until);
}

/** Whether a session holds at `now`. */
export function sessionHolds(session: ConsoleSession, now: EpochMs): boolean {
  return session.ended === null && now < session.until;
}
