import { randomUUID } from 'node:crypto';
import type { Clock, EpochMs } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import { mayShelve, mayWatch } from '../identity/access-policy.ts';
import { type PatientId, type ShelfId, shelfId } from '../model/ids.ts';
import { DIRECTIONS } from '../model/limit.ts';
import type { Clinician, Patient } from '../model/people.ts';
import { MAX_SHELF_MS, type Shelf } from '../model/shelf.ts';
import { VITAL_NAMES } from '../model/vital.ts';
import type { DoorAudit } from '../observe/audit-doors.ts';
import type { AuditAct } from '../observe/audit-entry.ts';
import type { Registry } from '../registry/registry.ts';
import { checkReason } from '../registry/registry-checks.ts';
import { notOneOf, outsideScope, type Refusal } from './refusal.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** Shelves that may begin for one patient within an hour, whoever puts them: each is kept for ever, with its reason. */
export const MAX_SHELVED_PER_HOUR = 30;
/** The longest that an alarm may be shelved. Minutes. */
export const MAX_SHELF_MINUTES = MAX_SHELF_MS / MINUTE_MS;

export interface ShelvingContext {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly audit: Pick<DoorAudit, 'trail'>;
}

/** Alarms of one vital and direction of one patient: there is no wider shelf. As it is asked for, checked by nobody yet. */
export interface ShelfRequest {
  readonly patient: PatientId;
  /** A `Vital`. */
  readonly vital: string;
  /** A `Direction`. */
  readonly direction: string;
  /** 1 to `MAX_SHELF_MINUTES`, whole. */
  readonly minutes: number;
  readonly reason: string;
}

/**
 * Puts alarms on the shelf (clinical rule 8), which is on record when this resolves.
 * @param person who asks, as they stand when it is asked
 * @throws CodedError `registry_failed`, `registry_closed`
 */
export async function shelve(
  { registry, clock, audit }: ShelvingContext,
  person: () => Clinician | undefined,
  { patient, minutes, ...asked }: ShelfRequest,
): Promise<Refusal | Shelf> {
  const allowed = allowedTo(registry, person(), patient);
  if ('code' in allowed) return allowed;
  const vital = VITAL_NAMES.find((name) => name === asked.vital);
  if (vital === undefined) return notOneOf('vital', asked.vital, VITAL_NAMES);
  const direction = DIRECTIONS.find((name) => name === asked.direction);
  if (direction === undefined) return notOneOf('direction', asked.direction, DIRECTIONS);
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > MAX_SHELF_MINUTES) {
    const message = `minutes ${minutes} is not possible: give a whole number from 1 to ${MAX_SHELF_MINUTES}`;
    return { code: 'invalid_request', message };
  }
  const { clinician } = allowed;
  const from = clock.now();
  const waitS = Math.ceil(tooOften(registry, patient, from) / 1_000);
  if (waitS > 0) {
    const message = `alarms of patient ${patient} were shelved ${MAX_SHELVED_PER_HOUR} times within an hour: wait ${waitS} s`;
    return { code: 'rate_exceeded', message, retryAfterS: waitS };
  }
  const until = from + minutes * MINUTE_MS;
  const id = shelfId(randomUUID());
  const about = { patient, vital, direction };
  try {
    const shelf: Shelf = { id, ...about, by: clinician.id, reason: checkReason(asked.reason), from, until };
    await registry.putShelf(shelf);
    await record(audit, clinician, {
      action: 'alarm_shelved',
      subject: patient,
      details: { shelf: id, vital, direction, reason: shelf.reason, until: new Date(until).toISOString() },
    });
    return shelf;
  } catch (cause) {
    return refusalOf(cause);
  }
}

/**
 * Takes alarms off the shelf before its end; gives the shelf as it is then.
 * @throws CodedError `registry_failed`, `registry_closed`
 */
export async function unshelve(
  { registry, clock, audit }: ShelvingContext,
  person: () => Clinician | undefined,
  patient: PatientId,
  id: ShelfId,
): Promise<Refusal | Shelf> {
  const allowed = allowedTo(registry, person(), patient);
  if ('code' in allowed) return allowed;
  const now = clock.now();
  const shelf = registry.shelf(id);
  if (!shelf || shelf.patient !== patient || shelf.until <= now)
    return { code: 'not_found', message: `patient ${patient} has no shelf ${id} that lasts` };
  await registry.endShelf(id, now);
  const { vital, direction } = shelf;
  const details = { shelf: id, vital, direction };
  await record(audit, allowed.clinician, { action: 'alarm_unshelved', subject: patient, details });
  return registry.shelf(id) ?? shelf;
}

function allowedTo(
  registry: Registry,
  clinician: Clinician | undefined,
  id: PatientId,
): Refusal | { readonly clinician: Clinician; readonly patient: Patient } {
  const patient = registry.patient(id);
  if (!clinician || !patient || !mayWatch(clinician, patient)) return outsideScope(id);
  if (mayShelve(clinician, patient)) return { clinician, patient };
  const message = `role ${clinician.role} puts no alarms on the shelf: ask a charge nurse`;
  return { code: 'role_forbidden', message };
}

/** Milliseconds to wait until a further shelf may begin; 0: it may now. */
function tooOften(registry: Registry, patient: PatientId, now: EpochMs): number {
  const begun = registry
    .shelvesOf(patient)
    .flatMap(({ from }) => (from > now - HOUR_MS ? [from] : []))
    .sort((a, b) => b - a);
  const last = begun[MAX_SHELVED_PER_HOUR - 1];
  return last === undefined ? 0 : last + HOUR_MS - now;
}

/** What the caller can put right. @throws whatever else it was */
function refusalOf(cause: unknown): Refusal {
  if (cause instanceof CodedError) {
    const { code, message } = cause;
    if (code === 'invalid_entry') return { code: 'invalid_request', message };
    if (code === 'too_many_shelves' || code === 'registry_disk_full') return { code, message };
  }
  throw cause;
}

/** The trail tells of its own failure; the registry has who did it and why, too. */
function record(audit: ShelvingContext['audit'], { id }: Clinician, act: AuditAct): Promise<void> {
  return audit.trail.record({ actor: { kind: 'clinician', id }, ...act }).catch(() => undefined);
}
