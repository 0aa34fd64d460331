import type { EpochMs } from '../core/clock.ts';
import type { ClinicianId, DeviceId, GrantId, PatientId, WardId } from './ids.ts';
import type { News2Use } from './news2.ts';

/** `suspended` may come back, `revoked` never does. */
export type DeviceStatus = 'active' | 'suspended' | 'revoked';

export interface Device {
  readonly id: DeviceId;
  readonly status: DeviceStatus;
  /** What the device is, for people: make, model, serial. Never a patient's name. */
  readonly description: string;
  /** How often it sends, where that was said when it was issued; null: learned from its samples. Milliseconds. */
  readonly interval_ms: number | null;
  readonly created: EpochMs;
  /** Until when the device may renew once with a certificate that has expired; null: it may not. */
  readonly late_renewal_until: EpochMs | null;
}

/**
 * `pending`: issued by a renewal and not used yet. It admits the device like an active one; its first use makes it
 * active and ends every other certificate of the device.
 */
export const CERTIFICATE_STATUSES = ['pending', 'active', 'superseded', 'revoked'] as const;
export type CertificateStatus = (typeof CERTIFICATE_STATUSES)[number];

/** Why a certificate ended before its time, by the names of RFC 5280 5.3.1. */
export const REVOCATION_REASONS = [
  'unspecified',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'privilegeWithdrawn',
] as const;
export type RevocationReason = (typeof REVOCATION_REASONS)[number];

export interface DeviceCertificate {
  /** Unpadded base64url SHA-256 of the DER: the `x5t#S256` of RFC 8705. */
  readonly thumbprint: string;
  /** Upper-case hex without separators or leading zero octets, as Node shows it. */
  readonly serial: string;
  readonly device: DeviceId;
  /** Subject key identifier of the authority that issued it, lower-case hex; empty where that was not written down. */
  readonly authority: string;
  /** Unpadded base64url SHA-256 of its SubjectPublicKeyInfo in DER; empty where that was not written down. */
  readonly key_thumbprint: string;
  /** Thumbprint of the certificate that the device showed to get this one; null: an admin issued it, or nobody wrote it down. */
  readonly follows: string | null;
  readonly not_before: EpochMs;
  readonly not_after: EpochMs;
  readonly status: CertificateStatus;
  /** When and why it was superseded or revoked; null while it is neither. */
  readonly ended: { readonly at: EpochMs; readonly reason: RevocationReason } | null;
}

/** A certificate that was just issued, with the device it is for and, where that is said, who wears it. */
export interface NewEnrolment {
  /** Registered if its id is not known yet; a known device keeps what the registry has. */
  readonly device: Device;
  readonly certificate: DeviceCertificate;
  /** Who wears it from `at` on; null: nothing changes. */
  readonly patient: PatientId | null;
  readonly at: EpochMs;
  /**
   * What must be so at the moment of the write. `no_certificate`: the device has none that holds at `at`. `new_key`: it
   * has had none with this key. Absent: nothing more than for every certificate.
   */
  readonly provided?: 'no_certificate' | 'new_key';
}

export interface Patient {
  readonly id: PatientId;
  readonly ward: WardId;
  /** What staff call them at the bedside (a bed, initials): shown to clinicians, never logged. */
  readonly label: string;
  /** Whether NEWS2 is worked out, and on which SpO2 scale. */
  readonly news2: News2Use;
}

/** What may become another of a patient who stays who they are. */
export type PatientChange = Partial<Pick<Patient, 'ward' | 'label'>>;

/** Who wore a device in [from, to); `to` null: until now. Assignments of one device never overlap. */
export interface Assignment {
  readonly device: DeviceId;
  readonly patient: PatientId;
  readonly from: EpochMs;
  readonly to: EpochMs | null;
}

/** clinician: own wards and patients. charge: also limits and shelving. admin: devices and people, no vitals. */
export const ROLES = ['clinician', 'charge', 'admin'] as const;
export type Role = (typeof ROLES)[number];

export interface Clinician {
  readonly id: ClinicianId;
  readonly role: Role;
  readonly wards: readonly WardId[];
  readonly patients: readonly PatientId[];
  readonly active: boolean;
}

/**
 * Break-glass access: a clinician may see a patient outside their scope in [from, until). One that was given up early
 * has its end moved; none is ever deleted.
 */
export interface AccessGrant {
  readonly id: GrantId;
  readonly clinician: ClinicianId;
  readonly patient: PatientId;
  /** Why, in the clinician's own words: shown to the patient's ward and kept for audit, never logged. */
  readonly reason: string;
  readonly from: EpochMs;
  readonly until: EpochMs;
}

/** Characters of a reason, and how long a grant may last. Milliseconds. */
export const GRANT_REASON_LENGTH = { least: 10, most: 500 } as const;
export const MAX_GRANT_MS = 12 * 3_600_000;
