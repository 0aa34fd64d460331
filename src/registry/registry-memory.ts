import type { EpochMs } from '../core/clock.ts';
import type { ConsoleSession, Invitation } from '../model/console-session.ts';
import type { ClinicianId, DeviceId, PatientId } from '../model/ids.ts';
import type { LimitOverride } from '../model/limit-override.ts';
import type {
  AccessGrant,
  Assignment,
  Clinician,
  Device,
  DeviceCertificate,
  Patient,
} from '../model/people.ts';
import type { Shelf as AlarmShelf } from '../model/shelf.ts';
import { GrantShelf } from './grant-shelf.ts';
import { limitsKey } from './limit-checks.ts';
import type { RegistryChange } from './registry.ts';
import { SessionShelf } from './session-shelf.ts';
import { Shelves } from './shelves.ts';

/** One entry as an adapter read it. */
export type RegistryEntry =
  | { readonly kind: 'device'; readonly value: Device }
  | { readonly kind: 'certificate'; readonly value: DeviceCertificate }
  | { readonly kind: 'patient'; readonly value: Patient }
  | { readonly kind: 'assignment'; readonly value: Assignment }
  | { readonly kind: 'clinician'; readonly value: Clinician }
  | { readonly kind: 'grant'; readonly value: AccessGrant }
  | { readonly kind: 'limits'; readonly value: LimitOverride }
  | { readonly kind: 'shelf'; readonly value: AlarmShelf }
  | { readonly kind: 'session'; readonly value: ConsoleSession }
  | { readonly kind: 'invitation'; readonly value: Invitation };

/** A map whose values are also wanted as a list, which is made anew only after a change. */
class Shelf<Key, Value> {
  readonly #byKey = new Map<Key, Value>();
  #list: readonly Value[] | null = null;

  get(key: Key): Value | undefined {
    return this.#byKey.get(key);
  }

  set(key: Key, value: Value): void {
    this.#byKey.set(key, value);
    this.#list = null;
  }

  list(): readonly Value[] {
    this.#list ??= [...this.#byKey.values()];
    return this.#list;
  }
}

/** What a registry adapter answers its reads from: everything, in memory, indexed as it is asked. */
export class RegistryMemory {
  readonly devices = new Shelf<DeviceId, Device>();
  readonly certificates = new Shelf<string, DeviceCertificate>();
  readonly patients = new Shelf<PatientId, Patient>();
  readonly clinicians = new Shelf<ClinicianId, Clinician>();
  readonly limits = new Shelf<string, LimitOverride>();
  readonly grants = new GrantShelf();
  readonly shelves = new Shelves();
  readonly sessions = new SessionShelf();
  readonly #certificatesOf = new Map<DeviceId, Shelf<string, DeviceCertificate>>();
  /** Thumbprints of the certificates with a key, by the key's. */
  readonly #withKey = new Map<string, string[]>();
  /** Per device, oldest first, none overlapping; empty ones (`to` = `from`) included. */
  readonly #assignments = new Map<DeviceId, Assignment[]>();
  #assignmentsAsOf = 0;
  /** Every device a patient has ever worn. */
  readonly #worn = new Map<PatientId, Set<DeviceId>>();

  /** Puts or replaces an entry; gives what watchers are to be told; null: nothing that an open session goes by. */
  put(entry: RegistryEntry): RegistryChange | null {
    switch (entry.kind) {
      case 'device':
        this.devices.set(entry.value.id, entry.value);
        return { kind: 'device', key: entry.value.id };
      case 'certificate':
        this.#putCertificate(entry.value);
        return { kind: 'certificate', key: entry.value.thumbprint };
      case 'patient':
        this.patients.set(entry.value.id, entry.value);
        return { kind: 'patient', key: entry.value.id };
      case 'assignment':
        this.#putAssignment(entry.value);
        return { kind: 'assignment', key: entry.value.device };
      case 'clinician':
        this.clinicians.set(entry.value.id, entry.value);
        return { kind: 'clinician', key: entry.value.id };
      case 'grant':
        this.grants.put(entry.value);
        return { kind: 'grant', key: entry.value.id };
      case 'limits':
        this.limits.set(limitsKey(entry.value), entry.value);
        return { kind: 'limits', key: limitsKey(entry.value) };
      case 'shelf':
        this.shelves.put(entry.value);
        return { kind: 'shelf', key: entry.value.id };
      case 'session':
        this.sessions.putSession(entry.value);
        return { kind: 'session', key: entry.value.id };
      case 'invitation':
        this.sessions.putInvitation(entry.value);
        return null;
    }
  }

  certificatesOf(device: DeviceId): readonly DeviceCertificate[] {
    return this.#certificatesOf.get(device)?.list() ?? [];
  }

  /** Every certificate with this key that there ever was; none where its thumbprint was not written down. */
  certificatesWithKey(keyThumbprint: string): readonly DeviceCertificate[] {
    const found = this.#withKey.get(keyThumbprint) ?? [];
    return found.flatMap((thumbprint) => this.certificates.get(thumbprint) ?? []);
  }

  assignmentsOf(device: DeviceId): readonly Assignment[] {
    return (this.#assignments.get(device) ?? []).filter(({ from, to }) => to !== from);
  }

  /** The assignment that began last, empty ones included: a new one must not begin before it ended. */
  lastAssignment(device: DeviceId): Assignment | undefined {
    return this.#assignments.get(device)?.at(-1);
  }

  devicesOf(patient: PatientId, t: EpochMs): readonly DeviceId[] {
    return [...(this.#worn.get(patient) ?? [])].filter((device) => this.patientAt(device, t) === patient);
  }

  /** See `Registry.assignmentsAsOf`. */
  get assignmentsAsOf(): number {
    return this.#assignmentsAsOf;
  }

  patientAt(device: DeviceId, t: EpochMs): PatientId | null {
    return this.assignmentAt(device, t)?.patient ?? null;
  }

  /** Asked for by the thousand: nearly always it is the last assignment, otherwise a binary search. */
  assignmentAt(device: DeviceId, t: EpochMs): Assignment | undefined {
    const all = this.#assignments.get(device);
    const last = all?.at(-1);
    if (all === undefined || last === undefined) return undefined;
    const at = t >= last.from ? last : all[firstAfter(all, t) - 1];
    return at !== undefined && (at.to === null || t < at.to) ? at : undefined;
  }

  #putCertificate(certificate: DeviceCertificate): void {
    const { thumbprint, key_thumbprint: key } = certificate;
    // The key of a certificate never changes: what is known stands in its list already.
    if (key !== '' && this.certificates.get(thumbprint) === undefined) {
      const others = this.#withKey.get(key);
      if (others === undefined) this.#withKey.set(key, [thumbprint]);
      else others.push(thumbprint);
    }
    this.certificates.set(certificate.thumbprint, certificate);
    let own = this.#certificatesOf.get(certificate.device);
    if (own === undefined) {
      own = new Shelf();
      this.#certificatesOf.set(certificate.device, own);
    }
    own.set(certificate.thumbprint, certificate);
  }

  #putAssignment(assignment: Assignment): void {
    this.#assignmentsAsOf += 1;
    const all = this.#assignments.get(assignment.device) ?? [];
    const place = firstAfter(all, assignment.from);
    const replaces = all[place - 1]?.from === assignment.from;
    if (replaces) all[place - 1] = assignment;
    else all.splice(place, 0, assignment);
    this.#assignments.set(assignment.device, all);
    const worn = this.#worn.get(assignment.patient) ?? new Set();
    this.#worn.set(assignment.patient, worn.add(assignment.device));
  }
}

/** Index of the first assignment that begins after `t`. */
function firstAfter(assignments: readonly Assignment[], t: EpochMs): number {
  let low = 0;
  let high = assignments.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const from = assignments[middle]?.from ?? 0;
    if (from <= t) low = middle + 1;
    else high = middle;
  }
  return low;
}
