import { CodedError } from '../core/coded-error.ts';
import { clinicianId, deviceId, grantId, MANUAL_DEVICE, patientId, shelfId, wardId } from '../model/ids.ts';
import { DIRECTIONS } from '../model/limit.ts';
import { NEWS2_USES } from '../model/news2.ts';
import {
  type AccessGrant,
  type Assignment,
  CERTIFICATE_STATUSES,
  type Clinician,
  type Device,
  type DeviceCertificate,
  GRANT_REASON_LENGTH,
  MAX_GRANT_MS,
  type Patient,
  REVOCATION_REASONS,
  ROLES,
} from '../model/people.ts';
import { MAX_SHELF_MS, type Shelf } from '../model/shelf.ts';
import { isVital } from '../model/vital.ts';

export const DEVICE_STATUSES = ['active', 'suspended', 'revoked'] as const;

const MAX_TEXT = 500;
/** The value is left out of the message: it may be what staff call a patient. */
export function refuse(field: string, expected: string): never {
  throw new CodedError('invalid_entry', `${field} is not valid: it must be ${expected}`, {
    details: { field },
  });
}

/** @throws CodedError `invalid_entry` unless `value` is one of `allowed`. */
export function oneOf<T extends string>(field: string, value: unknown, allowed: readonly T[]): T {
  return allowed.find((word) => word === value) ?? refuse(field, `one of ${allowed.join(', ')}`);
}

/** @throws CodedError `invalid_entry` unless `value` is a whole number of milliseconds, 0 or later. */
export function time(field: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  return refuse(field, 'a whole number of milliseconds, 0 or more');
}

export function finite(field: string, value: number, least = Number.NEGATIVE_INFINITY): number {
  if (Number.isFinite(value) && value >= least) return value;
  return refuse(field, least === 0 ? 'a number, 0 or more' : 'a number');
}

export function text(
  field: string,
  value: string,
  pattern = /^[^\p{Cc}]*$/u,
  expected = 'plain text',
): string {
  if (typeof value === 'string' && value.length <= MAX_TEXT && pattern.test(value)) return value;
  return refuse(field, `${expected} of at most ${MAX_TEXT} characters`);
}

/** @throws CodedError `invalid_entry` unless `value` is an unpadded base64url SHA-256. */
export function digest(field: string, value: string): string {
  return text(field, value, /^[A-Za-z0-9_-]{43}$/, 'an unpadded base64url SHA-256');
}

/** Each check gives a copy of the entry with known fields only. @throws CodedError `invalid_entry`, `invalid_id` */
export function checkDevice(entry: Device): Device {
  return {
    id: deviceId(entry.id),
    status: oneOf('status', entry.status, DEVICE_STATUSES),
    description: text('description', entry.description),
    interval_ms: entry.interval_ms === null ? null : time('interval_ms', entry.interval_ms),
    created: time('created', entry.created),
    late_renewal_until:
      entry.late_renewal_until === null ? null : time('late_renewal_until', entry.late_renewal_until),
  };
}

/** Of a device that is to be registered; one registered before the name was taken can still be read. */
export function checkNewDevice(entry: Device): Device {
  if (entry.id === MANUAL_DEVICE)
    refuse('id', `another than "${MANUAL_DEVICE}", which stands for what is entered by hand`);
  return checkDevice(entry);
}

/** @throws CodedError `invalid_entry`, `invalid_id` */
export function checkCertificate(entry: DeviceCertificate): DeviceCertificate {
  if (entry.not_after < entry.not_before) refuse('not_after', 'at or after not_before');
  const status = oneOf('status', entry.status, CERTIFICATE_STATUSES);
  const holds = status === 'pending' || status === 'active';
  if (holds !== (entry.ended === null)) refuse('ended', 'set for a superseded or revoked one, and only then');
  return {
    thumbprint: digest('thumbprint', entry.thumbprint),
    serial: text('serial', entry.serial, /^(?!00)[0-9A-F]{1,40}$/, 'upper-case hex'),
    device: deviceId(entry.device),
    authority: text('authority', entry.authority, /^([0-9a-f]{2}){0,32}$/, 'lower-case hex'),
    key_thumbprint: entry.key_thumbprint === '' ? '' : digest('key_thumbprint', entry.key_thumbprint),
    follows: entry.follows === null ? null : digest('follows', entry.follows),
    not_before: time('not_before', entry.not_before),
    not_after: time('not_after', entry.not_after),
    status,
    ended: entry.ended && {
      at: time('ended.at', entry.ended.at),
      reason: oneOf('ended.reason', entry.ended.reason, REVOCATION_REASONS),
    },
  };
}

/** @throws CodedError `invalid_entry`, `invalid_id` */
export function checkPatient(entry: Patient): Patient {
  return {
    id: patientId(entry.id),
    ward: wardId(entry.ward),
    label: text('label', entry.label),
    news2: oneOf('news2', entry.news2, NEWS2_USES),
  };
}

/** @throws CodedError `invalid_entry`, `invalid_id` */
export function checkAssignment(entry: Assignment): Assignment {
  return {
    device: deviceId(entry.device),
    patient: patientId(entry.patient),
    from: time('from', entry.from),
    to: entry.to === null ? null : time('to', entry.to),
  };
}

/** @throws CodedError `invalid_entry`, `invalid_id` */
export function checkClinician(entry: Clinician): Clinician {
  if (typeof entry.active !== 'boolean') refuse('active', 'true or false');
  if (!Array.isArray(entry.wards)) refuse('wards', 'a list of ward ids');
  if (!Array.isArray(entry.patients)) refuse('patients', 'a list of patient ids');
  return {
    id: clinicianId(entry.id),
    role: oneOf('role', entry.role, ROLES),
    wards: entry.wards.map((id) => wardId(id)),
    patients: entry.patients.map((id) => patientId(id)),
    active: entry.active,
  };
}

/** Line separators and what turns the direction of writing would let a reason pass for something else on a screen. */
const UNFIT_IN_REASON = /[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/** A reason without white space around it. @throws CodedError `invalid_entry` */
export function checkReason(
  value: string,
  { least, most }: { readonly least: number; readonly most: number } = GRANT_REASON_LENGTH,
): string {
  const reason = typeof value === 'string' ? value.trim() : '';
  if (reason.length >= least && reason.length <= most && !UNFIT_IN_REASON.test(reason)) return reason;
  return refuse('reason', `plain text of ${least} to ${most} characters, in one line`);
}

/** @throws CodedError `invalid_entry`, `invalid_id` */
export function checkGrant(entry: AccessGrant): AccessGrant {
  const { from, until } = { from: time('from', entry.from), until: time('until', entry.until) };
  if (until < from || until - from > MAX_GRANT_MS) refuse('until', 'at or after from, by at most 12 h');
  return {
    id: grantId(entry.id),
    clinician: clinicianId(entry.clinician),
    patient: patientId(entry.patient),
    reason: checkReason(entry.reason),
    from,
    until,
  };
}

/** @throws CodedError `invalid_entry`, `invalid_id` */
export function checkShelf(entry: Shelf): Shelf {
  const { from, until } = { from: time('from', entry.from), until: time('until', entry.until) };
  if (until < from || until - from > MAX_SHELF_MS) refuse('until', 'at or after from, by at most 8 h');
  return {
    id: shelfId(entry.id),
    patient: patientId(entry.patient),
    vital: isVital(entry.vital) ? entry.vital : refuse('vital', 'a vital of the catalogue'),
    direction: oneOf('direction', entry.direction, DIRECTIONS),
    by: text('by', entry.by),
    reason: checkReason(entry.reason),
    from,
    until,
  };
}
