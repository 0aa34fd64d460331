import type { EpochMs } from '../core/clock.ts';
import { CodedError } from '../core/coded-error.ts';
import { DEFAULT_LIMITS } from '../model/default-limits.ts';
import type { ClinicianId, DeviceId, PatientId } from '../model/ids.ts';
import { checkLimitOrder } from '../model/limit-order.ts';
import { LIMIT_REASON_LENGTH, type LimitOverride } from '../model/limit-override.ts';
import { checkLimitChoice } from '../model/limit-rules.ts';
import { NEWS2_USES, type News2Use } from '../model/news2.ts';
import type { Clinician, Device, NewEnrolment, Patient, PatientChange } from '../model/people.ts';
import { AccessWrites } from './access-writes.ts';
import { keyOfAnother, keyRevoked } from './certificate-keys.ts';
import { CertificateWrites } from './certificate-writes.ts';
import { checkLimits, scopeId, targetColumns } from './limit-checks.ts';
import {
  checkAssignment,
  checkClinician,
  checkNewDevice,
  checkPatient,
  checkReason,
  oneOf,
  time,
} from './registry-checks.ts';
import type { RegistryMemory } from './registry-memory.ts';
import { exists, type RegistryWrite, revoked, type Statement, unknown } from './registry-write.ts';
import { type AnsweredWrite, SessionWrites } from './session-writes.ts';
import { ShelfWrites } from './shelf-writes.ts';

/**
 * The rules of every write, checked against `memory`, which holds the newest state because the caller has the write
 * lock and has just read. Each gives what is to be written, or throws a coded error of the port.
 */
export class RegistryWrites {
  readonly certificates: CertificateWrites;
  readonly access: AccessWrites;
  readonly shelves: ShelfWrites;
  readonly sessions: SessionWrites;
  readonly #memory: RegistryMemory;

  constructor(memory: RegistryMemory) {
    this.#memory = memory;
    this.certificates = new CertificateWrites(memory);
    this.access = new AccessWrites(memory);
    this.shelves = new ShelfWrites(memory);
    this.sessions = new SessionWrites(memory);
  }

  addDevice(entry: Device): RegistryWrite {
    if (this.#memory.devices.get(entry.id) !== undefined) throw exists('device', entry.id);
    const insert = insertDevice(entry);
    return (revision) => [insert(revision)];
  }

  setDeviceStatus(id: DeviceId, status: 'active' | 'suspended'): RegistryWrite {
    oneOf('status', status, ['active', 'suspended']);
    const device = this.#memory.devices.get(id);
    if (device === undefined) throw unknown('device', id);
    if (device.status === 'revoked') throw revoked('device', id);
    return (revision) => [
      { sql: 'UPDATE devices SET status = ?, revision = ? WHERE id = ?', values: [status, revision, id] },
    ];
  }

  allowLateRenewal(id: DeviceId, until: EpochMs | null): RegistryWrite {
    if (until !== null) time('until', until);
    const device = this.#memory.devices.get(id);
    if (device === undefined) throw unknown('device', id);
    if (device.status === 'revoked') throw revoked('device', id);
    return (revision) => [
      {
        sql: 'UPDATE devices SET late_renewal_until = ?, revision = ? WHERE id = ?',
        values: [until, revision, id],
      },
    ];
  }

  enrol(enrolments: readonly NewEnrolment[]): RegistryWrite {
    const devices = new Set<string>();
    const thumbprints = new Set<string>();
    const keys = new Map<string, DeviceId>();
    const writes = enrolments.flatMap((enrolment): RegistryWrite[] => {
      const { device, certificate, patient, at } = enrolment;
      const { thumbprint, key_thumbprint: key } = certificate;
      if (certificate.device !== device.id) throw unknown('device', certificate.device);
      // A batch is checked against the state before it: nothing in it may depend on the rest of it.
      if (devices.has(device.id)) throw exists('device', device.id);
      if (thumbprints.has(thumbprint)) throw exists('certificate', thumbprint);
      const holder = keys.get(key);
      if (key !== '' && holder !== undefined) throw keyOfAnother(holder);
      devices.add(device.id);
      thumbprints.add(thumbprint);
      keys.set(key, device.id);
      const known = this.#memory.devices.get(device.id);
      if (known?.status === 'revoked') throw revoked('device', device.id);
      this.#checkProvision(enrolment);
      const insert = this.certificates.insertion(certificate);
      return [
        ...(known === undefined ? [one(insertDevice(device))] : []),
        one(insert),
        ...(patient === null ? [] : [this.#assignment(device.id, patient, at)]),
      ];
    });
    return (revision) => writes.flatMap((write) => write(revision));
  }

  /** What an enrolment asks of the certificates that its device has. */
  #checkProvision({ device: { id }, certificate, at, provided }: NewEnrolment): void {
    if (provided === 'no_certificate') {
      const holding = this.#memory
        .certificatesOf(id)
        .find(({ ended, not_after }) => ended === null && not_after > at);
      if (holding !== undefined) {
        throw new CodedError(
          'already_exists',
          `device "${id}" has a certificate until ${new Date(holding.not_after).toISOString()}: renew or replace it`,
        );
      }
    }
    if (provided === 'new_key') {
      const [former] = this.#memory.certificatesWithKey(certificate.key_thumbprint);
      if (former !== undefined) throw former.device === id ? keyRevoked(former) : keyOfAnother(former.device);
    }
  }

  addPatient(entry: Patient): RegistryWrite {
    const { id, ward, label, news2 } = checkPatient(entry);
    if (this.#memory.patients.get(id) !== undefined) throw exists('patient', id);
    return (revision) => [
      {
        sql: 'INSERT INTO patients (id, ward, label, news2, revision) VALUES (?, ?, ?, ?, ?)',
        values: [id, ward, label, news2, revision],
      },
    ];
  }

  changePatient(id: PatientId, change: PatientChange): RegistryWrite {
    const known = this.#memory.patients.get(id);
    if (known === undefined) throw unknown('patient', id);
    const { ward, label } = checkPatient({ ...known, ...change });
    return (revision) => [
      {
        sql: 'UPDATE patients SET ward = ?, label = ?, revision = ? WHERE id = ?',
        values: [ward, label, revision, id],
      },
    ];
  }

  setNews2(id: PatientId, news2: News2Use): RegistryWrite {
    oneOf('news2', news2, NEWS2_USES);
    if (this.#memory.patients.get(id) === undefined) throw unknown('patient', id);
    return (revision) => [
      { sql: 'UPDATE patients SET news2 = ?, revision = ? WHERE id = ?', values: [news2, revision, id] },
    ];
  }

  assign(device: DeviceId, patient: PatientId | null, at: EpochMs): RegistryWrite {
    if (this.#memory.devices.get(device) === undefined) throw unknown('device', device);
    return this.#assignment(device, patient, at);
  }

  /** As `assign`, where that the device is known is the caller's to see to. */
  #assignment(device: DeviceId, patient: PatientId | null, at: EpochMs): RegistryWrite {
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

  changeClinician(
    id: ClinicianId,
    change: (known: Clinician | undefined) => Clinician,
  ): AnsweredWrite<Clinician | undefined> {
    const answer = this.#memory.clinicians.get(id);
    return { write: this.putClinician({ ...change(answer), id }), answer };
  }

  putLimits(entry: LimitOverride): RegistryWrite {
    const checked = checkLimits(entry);
    const { scope, tiers, changed_by, changed_at } = checked;
    const reason = checkReason(checked.reason, LIMIT_REASON_LENGTH);
    if (scope.kind === 'patient' && this.#memory.patients.get(scope.patient) === undefined) {
      throw unknown('patient', scope.patient);
    }
    checkLimitChoice(checked, scope);
    checkLimitOrder(checked, {
      defaults: DEFAULT_LIMITS,
      overrides: this.#memory.limits.list(),
      wardOf: (patient) => this.#memory.patients.get(patient)?.ward,
    });
    return (revision) => [
      {
        sql: 'INSERT OR REPLACE INTO limits VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
        values: [
          ...[scope.kind, scopeId(scope), ...targetColumns(checked), JSON.stringify(tiers)],
          ...[changed_by, changed_at, reason, revision],
        ],
      },
    ];
  }
}

/** The row of a device that is not known yet. */
function insertDevice(entry: Device): (revision: number) => Statement {
  const { id, status, description, interval_ms, created, late_renewal_until } = checkNewDevice(entry);
  return (revision) => ({
    sql: `INSERT INTO devices (id, status, description, interval_ms, created, late_renewal_until, revision)
          VALUES (?, ?, ?, ?, ?, ?, ?)`,
    values: [id, status, description, interval_ms, created, late_renewal_until, revision],
  });
}

function one(statement: (revision: number) => Statement): RegistryWrite {
  return (revision) => [statement(revision)];
}
