import {
  type ConsoleSession,
  type Invitation,
  MAX_INVITATION_MS,
  MAX_SESSION_MS,
  SESSION_END_REASONS,
  SESSION_VIAS,
} from '../model/console-session.ts';
import { clinicianId, patientId, sessionId, wardId } from '../model/ids.ts';
import { ROLES } from '../model/people.ts';
import { digest, oneOf, refuse, time } from './registry-checks.ts';

/** Each check gives a copy of the entry with known fields only. @throws CodedError `invalid_entry`, `invalid_id` */
export function checkSession(entry: ConsoleSession): ConsoleSession {
  const { from, until } = { from: time('from', entry.from), until: time('until', entry.until) };
  if (until <= from || until - from > MAX_SESSION_MS) refuse('until', 'after from, by at most 7 days');
  return {
    id: sessionId(entry.id),
    secret_hash: digest('secret_hash', entry.secret_hash),
    clinician: clinicianId(entry.clinician),
    role: entry.role === null ? null : oneOf('role', entry.role, ROLES),
    scope: entry.scope && {
      wards: entry.scope.wards.map((id) => wardId(id)),
      patients: entry.scope.patients.map((id) => patientId(id)),
    },
    via: oneOf('via', entry.via, SESSION_VIAS),
    from,
    until,
    ended: entry.ended && {
      at: time('ended.at', entry.ended.at),
      reason: oneOf('ended.reason', entry.ended.reason, SESSION_END_REASONS),
    },
  };
}

/** @throws CodedError `invalid_entry`, `invalid_id` */
export function checkInvitation(entry: Invitation): Invitation {
  const { from, until } = { from: time('from', entry.from), until: time('until', entry.until) };
  if (until < from || until - from > MAX_INVITATION_MS) refuse('until', 'at or after from, by at most 24 h');
  return {
    code_hash: digest('code_hash', entry.code_hash),
    clinician: clinicianId(entry.clinician),
    from,
    until,
    used_at: entry.used_at === null ? null : time('used_at', entry.used_at),
  };
}
