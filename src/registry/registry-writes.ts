import type { SQLInputValue } from 'node:sqlite';
import type { EpochMs } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import type { DeviceId, PatientId } from '../model/ids.ts';
import type {
  CertificateStatus,
  Clinician,
  Device,
  DeviceCertificate,
  DeviceStatus,
  LimitOverride,
  Patient,
} from '../model/people.ts';
import {
  CERTIFICATE_STATUSES,
  checkAssignment,
  checkCertificate,
  checkClinician,
  checkDevice,
  checkLimits,
  checkPatient,
  DEVICE_STATUSES,
  oneOf,
  scopeId,
} from './registry-checks.ts';
import type { RegistryMemory } from './registry-memory.ts';

/** A checked change: given the revision it is written under, the statement and its values. */
export type RegistryWrite = (
  revision: number,
) => readonly { readonly sql: string; readonly values: SQLInputValue[] }[];

function unknown(kind: 'device' | 'certificate' | 'patient', id: string): CodedError {
  return new CodedError(
    `unknown_${kind}`,
    `${kind} ${JSON.stringify(id)} is not in the registry: add it first`,
  );
}

function exists(kind: string, id: string): CodedError {
  return new CodedError('already_exists', `${kind} ${JSON.stringify(id)} is already in the registry`);
}

function revoked(kind: string, id: string): CodedError {
  return new CodedError('revoked', `${kind} ${id} is revoked for good: issue a new one`);
}

/**
 * The rules of every write, checked against `memory`, which holds the newest state because the caller has the write
 * lock and has just read. Each gives what is to be written, or throws a coded error of the port.
 */
export class RegistryWrites {
  readonly #memory: RegistryMemory;

  constructor(memory: RegistryMemory) {
    this.#memory = memory;
  }

  addDevice(entry: Device): RegistryWrite {
    const device = checkDevice(entry);
    if (this.#memory.devices.get(device.id) !== undefined) throw exists('device', device.id);
    return (revision) => [
      {
        sql: 'INSERT INTO devices VALUES (?, ?, ?, ?, ?, ?)',
        values: [device.id, device.status, device.description, device.interval_ms, device.created, revision],
      },
    ];
  }

  setDeviceStatus(id: DeviceId, status: DeviceStatus): RegistryWrite {
    oneOf('status', status, DEVICE_STATUSES);
    const device = this.#memory.devices.get(id);
    if (device === undefined) throw unknown('device', id);
    if (device.status === 'revoked' && status !== 'revoked') throw revoked('device', id);
    return (revision) => [
      { sql: 'UPDATE devices SET status = ?, revision = ? WHERE id = ?', values: [status, revision, id] },
    ];
  }

  addCertificate(entry: DeviceCertificate): RegistryWrite {
    const { thumbprint, serial, device, not_before, not_after, status } = checkCertificate(entry);
    if (this.#memory.devices.get(device) === undefined) throw unknown('device', device);
    if (this.#memory.certificates.get(thumbprint) !== undefined) throw exists('certificate', thumbprint);
    return (revision) => [
      {
        sql: 'INSERT INTO certificates VALUES (?, ?, ?, ?, ?, ?, ?)',
        values: [thumbprint, serial, device, not_before, not_after, status, revision],
      },
    ];
  }

  setCertificateStatus(thumbprint: string, status: CertificateStatus): RegistryWrite {
    oneOf('status', status, CERTIFICATE_STATUSES);
    const certificate = this.#memory.certificates.get(thumbprint);
    if (certificate === undefined) throw unknown('certificate', thumbprint);
    if (certificate.status === 'revoked' && status !== 'revoked') throw revoked('certificate', thumbprint);
    return (revision) => [
      {
        sql: 'UPDATE certificates SET status = ?, revision = ? WHERE thumbprint = ?',
        values: [status, revision, thumbprint],
      },
    ];
  }

  addPatient(entry: Patient): RegistryWrite {
    const { id, ward, label } = checkPatient(entry);
    if (this.#memory.patients.get(id) !== undefined) throw exists('patient', id);
    return (revision) => [
      { sql: 'INSERT INTO patients VALUES (?, ?, ?, ?)', values: [id, ward, label, revision] },
    ];
  }

  assign(device: DeviceId, patient: PatientId | null, at: EpochMs): RegistryWrite {
    if (this.#memory.devices.get(device) === undefined) throw unknown('device', device);
    if (patient !== null && this.#memory.patients.get(patient) === undefined)
      throw unknown('patient', patient);
    if (!Number.isSafeInteger(at) || at < 0) {
      throw new CodedError('invalid_assignment', `at ${at} is not a time in whole milliseconds since 1970`);
    }
    const last = this.#memory.lastAssignment(device);
    const earliest = last === undefined ? 0 : (last.to ?? last.from);
    if (at < earliest) {
      throw new CodedError(
        'invalid_assignment',
        `device ${device} has an assignment that ${last?.to === null ? 'began' : 'ended'} at ${earliest}, after ${at}: assignments never overlap, assign from ${earliest} or later`,
        { details: { device, at, earliest } },
      );
    }
    return (revision) => [
      {
        sql: 'UPDATE assignments SET to_ms = ?, revision = ? WHERE device = ? AND to_ms IS NULL',
        values: [at, revision, device],
      },
      ...(patient === null ? [] : [this.#begin(device, patient, at, revision)]),
    ];
  }

  /** An assignment that began and ended at `at` was worn for no time: the new one takes its place. */
  #begin(device: DeviceId, patient: PatientId, at: EpochMs, revision: number) {
    const entry = checkAssignment({ device, patient, from: at, to: null });
    return {
      sql: `INSERT INTO assignments VALUES (?, ?, ?, NULL, ?) ON CONFLICT (device, from_ms)
            DO UPDATE SET patient = excluded.patient, to_ms = NULL, revision = excluded.revision`,
      values: [entry.device, entry.patient, entry.from, revision],
    };
  }

  putClinician(entry: Clinician): RegistryWrite {
    const { id, role, wards, patients, active } = checkClinician(entry);
    return (revision) => [
      {
        sql: 'INSERT OR REPLACE INTO clinicians VALUES (?, ?, ?, ?, ?, ?)',
        values: [id, role, JSON.stringify(wards), JSON.stringify(patients), active ? 1 : 0, revision],
      },
    ];
  }

  putLimits(entry: LimitOverride): RegistryWrite {
    const { scope, vital, direction, tiers, changed_by, changed_at, reason } = checkLimits(entry);
    if (scope.kind === 'patient' && this.#memory.patients.get(scope.patient) === undefined) {
      throw unknown('patient', scope.patient);
    }
    return (revision) => [
      {
        sql: 'INSERT OR REPLACE INTO limits VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
        values: [
          ...[scope.kind, scopeId(scope), vital, direction, JSON.stringify(tiers)],
          ...[changed_by, changed_at, reason, revision],
        ],
      },
    ];
  }
}
