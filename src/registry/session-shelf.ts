import type { EpochMs } from '../core/clock.ts';
import {
  type ConsoleSession,
  type Invitation,
  MAX_SESSIONS_OF_CLINICIAN,
  PAST_SESSIONS_KEPT_MS,
  SESSIONS_KEPT_OF_CLINICIAN,
  sessionEnd,
  sessionHolds,
} from '../model/console-session.ts';
import type { ClinicianId, SessionId } from '../model/ids.ts';

/** How often what is long over is looked for, by the times of new entries. Milliseconds. */
const SWEEP_EVERY_MS = 86_400_000;

/** Console sessions by id, by the hash of their secret and by clinician, and invitations by the hash of their code. */
export class SessionShelf {
  readonly #byId = new Map<SessionId, ConsoleSession>();
  readonly #bySecret = new Map<string, SessionId>();
  readonly #ofClinician = new Map<ClinicianId, Set<SessionId>>();
  readonly #invitations = new Map<string, Invitation>();
  #sweptAt: EpochMs = 0;

  putSession(session: ConsoleSession): void {
    this.#byId.set(session.id, session);
    this.#bySecret.set(session.secret_hash, session.id);
    const own = this.#ofClinician.get(session.clinician) ?? new Set();
    this.#ofClinician.set(session.clinician, own.add(session.id));
    if (own.size > SESSIONS_KEPT_OF_CLINICIAN)
      for (const past of beyondKept(this.of(session.clinician), session.from)) this.#forget(past);
    this.#sweep(session.from);
  }

  putInvitation(invitation: Invitation): void {
    this.#invitations.set(invitation.code_hash, invitation);
    this.#sweep(invitation.from);
  }

  get(id: SessionId): ConsoleSession | undefined {
    return this.#byId.get(id);
  }

  withSecret(hash: string): ConsoleSession | undefined {
    const id = this.#bySecret.get(hash);
    return id === undefined ? undefined : this.#byId.get(id);
  }

  list(): readonly ConsoleSession[] {
    return newestFirst([...this.#byId.values()]);
  }

  of(clinician: ClinicianId): readonly ConsoleSession[] {
    return newestFirst([...(this.#ofClinician.get(clinician) ?? [])].flatMap((id) => this.get(id) ?? []));
  }

  invitation(codeHash: string): Invitation | undefined {
    return this.#invitations.get(codeHash);
  }

  invitationsOf(clinician: ClinicianId): readonly Invitation[] {
    return newestFirst([...this.#invitations.values()].filter((one) => one.clinician === clinician));
  }

  /** Forgets what the adapter has deleted by now, or deletes with its next write: see `SessionWrites`. */
  #sweep(now: EpochMs): void {
    if (now < this.#sweptAt + SWEEP_EVERY_MS) return;
    this.#sweptAt = now;
    const since = now - PAST_SESSIONS_KEPT_MS;
    for (const session of this.#byId.values()) if (sessionEnd(session) < since) this.#forget(session);
    for (const { code_hash, until } of this.#invitations.values())
      if (until < since) this.#invitations.delete(code_hash);
  }

  #forget({ id, secret_hash, clinician }: ConsoleSession): void {
    this.#byId.delete(id);
    this.#bySecret.delete(secret_hash);
    const own = this.#ofClinician.get(clinician);
    own?.delete(id);
    if (own?.size === 0) this.#ofClinician.delete(clinician);
  }
}

/**
 * Of one person's sessions, the newest first, those that are over at `now` and so many that they are no longer kept.
 * What is deleted and what memory forgets follow the one rule, so that no process remembers what another deleted for
 * longer than it may.
 */
export function beyondKept(own: readonly ConsoleSession[], now: EpochMs): readonly ConsoleSession[] {
  const past = own.filter((session) => !sessionHolds(session, now));
  return past.slice(SESSIONS_KEPT_OF_CLINICIAN - MAX_SESSIONS_OF_CLINICIAN);
}

function newestFirst<Entry extends { readonly from: EpochMs }>(entries: Entry[]): readonly Entry[] {
  // Of two that began in the same moment, the one that was put later.
  return entries.reverse().sort((a, b) => b.from - a.from);
}
