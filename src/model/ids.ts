import { CodedError } from '../core/coded-error.ts';

declare const brand: unique symbol;
type Id<Name extends string> = string & { readonly [brand]: Name };

export type DeviceId = Id<'device'>;
export type PatientId = Id<'patient'>;
export type WardId = Id<'ward'>;
export type ClinicianId = Id<'clinician'>;
/** One break-glass access. */
export type GrantId = Id<'grant'>;
/** One shelving of alarms. */
export type ShelfId = Id<'shelf'>;
/** One observation entered by hand. */
export type ObservationId = Id<'observation'>;
/** One session at the console. */
export type SessionId = Id<'session'>;
/** One run of sequence numbers of a device: a UUID in lower case (RFC 9562). */
export type StreamId = Id<'stream'>;
/** Derived from patient, condition and onset (clinical rule 2), so that a replay gives the same id. */
export type AlarmId = Id<'alarm'>;
/** Place in the alarm log. Opaque to clients; compare with `compareCursors`. */
export type Cursor = Id<'cursor'>;

/** Letters, digits, `.`, `_`, `-`; 1 to 64 long. Safe in a URN, a URL path, a log line and a tag value. */
export const ID_PATTERN = '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$';
const idPattern = new RegExp(ID_PATTERN);
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

function parseId<Name extends string>(name: Name, text: string): Id<Name> {
  if (idPattern.test(text)) return text as Id<Name>;
  throw new CodedError(
    'invalid_id',
    `${name} id ${JSON.stringify(text.slice(0, 80))} is not valid: use 1 to 64 letters, digits, ".", "_" or "-", starting with a letter or digit`,
    { details: { field: name } },
  );
}

/** @throws CodedError `invalid_id` */
export const deviceId = (text: string): DeviceId => parseId('device', text);
/** @throws CodedError `invalid_id` */
export const patientId = (text: string): PatientId => parseId('patient', text);
/** @throws CodedError `invalid_id` */
export const wardId = (text: string): WardId => parseId('ward', text);
/** @throws CodedError `invalid_id` */
export const clinicianId = (text: string): ClinicianId => parseId('clinician', text);

/** @throws CodedError `invalid_id` */
export const grantId = (text: string): GrantId => parseId('grant', text);

/** The stream id in lower case, or null when `text` is not a UUID. */
export function streamId(text: string): StreamId | null {
  const lower = text.toLowerCase();
  return uuidPattern.test(lower) ? (lower as StreamId) : null;
}

/** @throws CodedError `invalid_id` */
export const shelfId = (text: string): ShelfId => parseId('shelf', text);

/** @throws CodedError `invalid_id` */
export const observationId = (text: string): ObservationId => parseId('observation', text);

/** @throws CodedError `invalid_id` */
export const sessionId = (text: string): SessionId => parseId('session', text);

/** Stands for the device in what was entered by hand; no device is registered under it. */
export const MANUAL_DEVICE = 'manual' as DeviceId;
