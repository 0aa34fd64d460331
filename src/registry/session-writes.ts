import type { EpochMs } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import {
  type ConsoleSession,
  type Invitation,
  invitationWaits,
  MAX_INVITATIONS_OF_CLINICIAN,
  MAX_SESSIONS_OF_CLINICIAN,
  PAST_SESSIONS_KEPT_MS,
  SESSION_END_REASONS,
  type SessionEndReason,
  sessionHolds,
} from '../model/console-session.ts';
import type { ClinicianId, SessionId } from '../model/ids.ts';
import { oneOf, time } from './registry-checks.ts';
import type { RegistryMemory } from './registry-memory.ts';
import { exists, type RegistryWrite, type Statement, unknown } from './registry-write.ts';
import { checkInvitation, checkSession } from './session-checks.ts';
import { beyondKept } from './session-shelf.ts';

/** A checked change, and what its caller is told once it is written. */
export interface AnsweredWrite<Answer> {
  readonly write: RegistryWrite;
  readonly answer: Answer;
}

/** The rules of writes to console sessions and invitations: both hold for a time, and can only be cut short. */
export class SessionWrites {
  readonly #memory: RegistryMemory;

  constructor(memory: RegistryMemory) {
    this.#memory = memory;
  }

  invite(entry: Invitation): RegistryWrite {
    const { code_hash, clinician, from, until, used_at } = checkInvitation(entry);
    if (this.#memory.sessions.invitation(code_hash) !== undefined) throw exists('invitation', code_hash);
    const waiting = this.#waiting(clinician, from);
    const pushedOut = waiting.slice(MAX_INVITATIONS_OF_CLINICIAN - 1);
    return (revision) => [
      { sql: 'DELETE FROM invitations WHERE until_ms < ?', values: [from - PAST_SESSIONS_KEPT_MS] },
      ...pushedOut.map((one) => withdrawn(one, from, revision)),
      {
        sql: 'INSERT INTO invitations VALUES (?, ?, ?, ?, ?, ?)',
        values: [code_hash, clinician, from, until, used_at, revision],
      },
    ];
  }

  redeem(codeHash: string, at: EpochMs): AnsweredWrite<Invitation> {
    time('at', at);
    const invitation = this.#memory.sessions.invitation(codeHash);
    if (invitation === undefined)
      throw new CodedError('invitation_unknown', 'there is no such invitation: ask for one');
    if (invitation.used_at !== null)
      throw new CodedError('invitation_used', 'the invitation was used before: ask for another');
    if (invitation.until <= at)
      throw new CodedError('invitation_expired', 'the time of the invitation is over: ask for another');
    const write: RegistryWrite = (revision) => [
      {
        sql: 'UPDATE invitations SET used_at = ?, revision = ? WHERE code_hash = ?',
        values: [at, revision, codeHash],
      },
    ];
    return { write, answer: { ...invitation, used_at: at } };
  }

  begin(entry: ConsoleSession): AnsweredWrite<readonly SessionId[]> {
    const session = checkSession(entry);
    const { id, secret_hash, clinician, role, scope, via, from, until, ended } = session;
    const { sessions } = this.#memory;
    if (sessions.get(id) !== undefined) throw exists('session', id);
    if (sessions.withSecret(secret_hash) !== undefined) throw exists('session', id);
    const pushedOut = this.#holding(clinician, from).slice(MAX_SESSIONS_OF_CLINICIAN - 1);
    const tooMany = beyondKept(sessions.of(clinician), from);
    const write: RegistryWrite = (revision) => [
      {
        sql: 'DELETE FROM console_sessions WHERE min(until_ms, coalesce(ended_at, until_ms)) < ?',
        values: [from - PAST_SESSIONS_KEPT_MS],
      },
      ...tooMany.map((one) => ({ sql: 'DELETE FROM console_sessions WHERE id = ?', values: [one.id] })),
      ...pushedOut.map((one) => ending(one.id, from, 'too_many', revision)),
      {
        sql: 'INSERT INTO console_sessions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
        values: [
          ...[id, secret_hash, clinician, role],
          ...[scope && JSON.stringify(scope.wards), scope && JSON.stringify(scope.patients)],
          ...[via, from, until, ended?.at ?? null, ended?.reason ?? null, revision],
        ],
      },
    ];
    return { write, answer: idsOf(pushedOut) };
  }

  end(id: SessionId, at: EpochMs, reason: SessionEndReason): AnsweredWrite<readonly SessionId[]> {
    const session = this.#memory.sessions.get(id);
    if (session === undefined) throw unknown('session', id);
    return this.#endAll(sessionHolds(session, at) ? [session] : [], at, reason);
  }

  endOf(clinician: ClinicianId, at: EpochMs, reason: SessionEndReason): AnsweredWrite<readonly SessionId[]> {
    const { write, answer } = this.#endAll(this.#holding(clinician, at), at, reason);
    const waiting = this.#waiting(clinician, at);
    return {
      write: (revision) => [...write(revision), ...waiting.map((one) => withdrawn(one, at, revision))],
      answer,
    };
  }

  #endAll(
    sessions: readonly ConsoleSession[],
    at: EpochMs,
    reason: SessionEndReason,
  ): AnsweredWrite<readonly SessionId[]> {
    time('at', at);
    oneOf('reason', reason, SESSION_END_REASONS);
    return {
      write: (revision) => sessions.map(({ id }) => ending(id, at, reason, revision)),
      answer: idsOf(sessions),
    };
  }

  #holding(clinician: ClinicianId, now: EpochMs): readonly ConsoleSession[] {
    return this.#memory.sessions.of(clinician).filter((session) => sessionHolds(session, now));
  }

  /** Invitations that may still be used. */
  #waiting(clinician: ClinicianId, now: EpochMs): readonly Invitation[] {
    const all = this.#memory.sessions.invitationsOf(clinician);
    return all.filter((invitation) => invitationWaits(invitation, now));
  }
}

function idsOf(sessions: readonly ConsoleSession[]): readonly SessionId[] {
  return sessions.map(({ id }) => id);
}

function ending(id: SessionId, at: EpochMs, reason: SessionEndReason, revision: number): Statement {
  return {
    sql: 'UPDATE console_sessions SET ended_at = ?, ended_reason = ?, revision = ? WHERE id = ?',
    values: [at, reason, revision, id],
  };
}

function withdrawn({ code_hash }: Invitation, at: EpochMs, revision: number): Statement {
  return {
    sql: 'UPDATE invitations SET until_ms = max(from_ms, ?), revision = ? WHERE code_hash = ?',
    values: [at, revision, code_hash],
  };
}
