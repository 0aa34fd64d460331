import type { EpochMs } from '../core/clock.ts';
import type { ConsoleSession, Invitation, SessionEndReason } from '../model/console-session.ts';
import type { ClinicianId, DeviceId, GrantId, PatientId, SessionId, ShelfId } from '../model/ids.ts';
import type { LimitOverride } from '../model/limit-override.ts';
import type { News2Use } from '../model/news2.ts';
import type {
  AccessGrant,
  Assignment,
  Clinician,
  Device,
  DeviceCertificate,
  NewEnrolment,
  Patient,
  PatientChange,
  RevocationReason,
} from '../model/people.ts';
import type { Shelf } from '../model/shelf.ts';

/**
 * What changed, so that open sessions look again. `key` is the id of the entry: a thumbprint for certificates, the
 * device for assignments, `limitsKey` for limits.
 */
export interface RegistryChange {
  readonly kind:
    | 'device'
    | 'certificate'
    | 'patient'
    | 'assignment'
    | 'clinician'
    | 'grant'
    | 'limits'
    | 'shelf'
    | 'session';
  readonly key: string;
}

/**
 * Who and what is known. Reads are answered from memory; a change made by another process is seen, and told to the
 * watchers, within 250 ms. Writes are durable when their promise resolves and are then visible to this process's
 * reads. Error codes of writes: `unknown_device`, `unknown_certificate`, `unknown_patient`, `unknown_grant`, `unknown_session`, `already_exists`,
 * `invalid_assignment`, `limits_invalid` (against the rules of limits), `too_many_shelves`, `invalid_entry` and `invalid_id` (a field is not what the model says), `revoked` (a revoked
 * device or certificate stays revoked), `key_of_another_device` and `key_revoked` (of a new certificate: a key is one
 * device's alone, and none that was in wrong hands), `invitation_unknown`, `invitation_used`, `invitation_expired` (of a
 * redemption), `registry_disk_full` (nothing was changed; reads go on), `registry_failed` (the database; see the
 * cause), `registry_closed`.
 */
export interface Registry extends AsyncDisposable {
  /** Whether other processes' changes are seen: while they are not, a revocation is not obeyed. */
  readonly healthy: boolean;
  device(id: DeviceId): Device | undefined;
  devices(): readonly Device[];
  certificate(thumbprint: string): DeviceCertificate | undefined;
  certificatesOf(device: DeviceId): readonly DeviceCertificate[];
  patient(id: PatientId): Patient | undefined;
  patients(): readonly Patient[];
  clinician(id: ClinicianId): Clinician | undefined;
  clinicians(): readonly Clinician[];
  /** Who wore the device at `t`; null: nobody. */
  patientAt(device: DeviceId, t: EpochMs): PatientId | null;
  /** The assignment by which the device was worn at `t`. */
  assignmentAt(device: DeviceId, t: EpochMs): Assignment | undefined;
  /** Grows with every change of an assignment: until then what `assignmentAt` said may be kept. */
  readonly assignmentsAsOf: number;
  /** A device's assignments, oldest first. */
  assignmentsOf(device: DeviceId): readonly Assignment[];
  /** Devices worn by the patient at `t`. */
  devicesOf(patient: PatientId, t: EpochMs): readonly DeviceId[];
  grant(id: GrantId): AccessGrant | undefined;
  /** Every break-glass access there ever was. */
  grants(): readonly AccessGrant[];
  /** Those of a clinician, live and past; the one that ends last comes first. */
  grantsOf(clinician: ClinicianId): readonly AccessGrant[];
  /** Those to a patient, in the same order. */
  grantsFor(patient: PatientId): readonly AccessGrant[];
  /** Every choice in force, and for targets that are no longer chosen their last entry with null tiers. */
  limitOverrides(): readonly LimitOverride[];
  shelf(id: ShelfId): Shelf | undefined;
  /** Shelves of a patient, past ones included; the one that ends last comes first. */
  shelvesOf(patient: PatientId): readonly Shelf[];
  /** Console sessions, also those over for less than 30 days; the newest comes first. */
  sessions(): readonly ConsoleSession[];
  sessionsOf(clinician: ClinicianId): readonly ConsoleSession[];
  session(id: SessionId): ConsoleSession | undefined;
  /** The session whose secret has this hash, whether it holds or not. */
  sessionWithSecret(hash: string): ConsoleSession | undefined;
  /** The invitation whose code has this hash, whether it may be used or not. */
  invitation(codeHash: string): Invitation | undefined;

  addDevice(device: Device): Promise<void>;
  setDeviceStatus(id: DeviceId, status: 'active' | 'suspended'): Promise<void>;
  /** Ends the device and every certificate of it, for good. */
  revokeDevice(id: DeviceId, reason: RevocationReason, at: EpochMs): Promise<void>;
  /** Until when the device may renew once with a certificate that has expired; null: it may not. */
  allowLateRenewal(id: DeviceId, until: EpochMs | null): Promise<void>;
  /**
   * A further certificate of a device that is not revoked. The one that it follows must still hold: whoever lost it
   * meanwhile gets no other.
   */
  addCertificate(certificate: DeviceCertificate): Promise<void>;
  /**
   * All or none: devices that are not known, their certificates, their wearers. `already_exists` and `key_revoked` also
   * where `provided` is not so.
   */
  enrol(enrolments: readonly NewEnrolment[]): Promise<void>;
  /**
   * Makes a certificate the device's one active one: every other that has not ended yet ends at `at` for `reason`, and a
   * late renewal that was allowed is used up.
   */
  activateCertificate(thumbprint: string, at: EpochMs, reason?: RevocationReason): Promise<void>;
  /**
   * Ends one certificate: superseded when that is the reason, else revoked. For keyCompromise also every other with its
   * key, every one that follows them, and so on.
   */
  endCertificate(thumbprint: string, reason: RevocationReason, at: EpochMs): Promise<void>;
  /** Ends every certificate that an authority issued and that has not ended yet, in one write. */
  endCertificatesOf(authority: string, reason: RevocationReason, at: EpochMs): Promise<void>;
  addPatient(patient: Patient): Promise<void>;
  /**
   * Ends the device's open assignment at `at`, and begins one to `patient` unless it is null.
   * `invalid_assignment` when `at` is before the open one began or before the last one ended.
   */
  assign(device: DeviceId, patient: PatientId | null, at: EpochMs): Promise<void>;
  putClinician(clinician: Clinician): Promise<void>;
  /**
   * Makes of a clinician what `change` says, who is given them as they are then, whichever process wrote last;
   * undefined: they are not registered. What `change` throws is thrown, and nothing is written.
   * @returns what `change` was given
   */
  changeClinician(
    id: ClinicianId,
    change: (known: Clinician | undefined) => Clinician,
  ): Promise<Clinician | undefined>;
  /**
   * Gives a clinician, who need not be registered, access to a patient; one of theirs to the same patient that lasts
   * longer than the new one's `from` ends there.
   */
  grantAccess(grant: AccessGrant): Promise<void>;
  /** Ends an access at `at`, which moves its end only ever to an earlier time, and not before it began. */
  endAccess(id: GrantId, at: EpochMs): Promise<void>;
  /**
   * Chooses the limits of one target for one scope. `limits_invalid` also where low would no longer be below high for a
   * narrower scope that inherits one of them.
   * @returns what was chosen there until then, by whichever process; null: nothing was
   */
  putLimits(override: LimitOverride): Promise<LimitOverride | null>;
  /** Another ward, another label, or both; what applies to the patient and who sees them is another from then on. */
  changePatient(id: PatientId, change: PatientChange): Promise<void>;
  /** Which NEWS2 a patient is scored by. */
  setNews2(patient: PatientId, news2: News2Use): Promise<void>;
  /** Puts alarms on the shelf; a live shelf of the same vital and direction ends at the new one's `from`. */
  putShelf(shelf: Shelf): Promise<void>;
  /** Ends a shelf at `at`, which moves its end only ever to an earlier time. */
  endShelf(id: ShelfId, at: EpochMs): Promise<void>;
  /** Somebody may sign in once; of the invitations that wait for their use the oldest makes room. */
  addInvitation(invitation: Invitation): Promise<void>;
  /**
   * Uses an invitation up, whatever processes try it at the same time: one of them gets it.
   * `invitation_unknown`, `invitation_used`, `invitation_expired`
   * @param at before its `from` it is taken all the same: clocks of two machines may differ
   */
  redeemInvitation(codeHash: string, at: EpochMs): Promise<Invitation>;
  /** Begins a session. @returns those of the same person that ended by it, because there were too many */
  addSession(session: ConsoleSession): Promise<readonly SessionId[]>;
  /** Ends a session; one that is over stays as it is. @returns whether it held at `at` */
  endSession(id: SessionId, at: EpochMs, reason: SessionEndReason): Promise<boolean>;
  /** Ends every session of a person, and every invitation that waits for its use. @returns which sessions */
  endSessionsOf(clinician: ClinicianId, at: EpochMs, reason: SessionEndReason): Promise<readonly SessionId[]>;

  /** Called after the change is visible to reads. */
  watch(listener: (change: RegistryChange) => void): Disposable;
}
