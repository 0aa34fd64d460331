import type { EpochMs } from '../core/clock.ts';
import type { ClinicianId, DeviceId, PatientId, WardId } from './ids.ts';
import type { Limit } from './limit.ts';

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
}

export type CertificateStatus = 'active' | 'superseded' | 'revoked';

export interface DeviceCertificate {
  /** Unpadded base64url SHA-256 of the DER: the `x5t#S256` of RFC 8705. */
  readonly thumbprint: string;
  /** Upper-case hex without separators or leading zero octets, as Node shows it. */
  readonly serial: string;
  readonly device: DeviceId;
  readonly not_before: EpochMs;
  readonly not_after: EpochMs;
  readonly status: CertificateStatus;
}

export interface Patient {
  readonly id: PatientId;
  readonly ward: WardId;
  /** What staff call them at the bedside (a bed, initials): shown to clinicians, never logged. */
  readonly label: string;
}

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

/** Limits of one scope that replace the default's, per vital and direction (clinical rule 1). */
export interface LimitOverride {
  readonly scope:
    | { readonly kind: 'default' }
    | { readonly kind: 'ward'; readonly ward: WardId }
    | { readonly kind: 'patient'; readonly patient: PatientId };
  /** All tiers of one vital and direction in this scope; empty: switched off here. */
  readonly vital: Limit['vital'];
  readonly direction: Limit['direction'];
  readonly tiers: readonly Limit[];
  readonly changed_by: string;
  readonly changed_at: EpochMs;
  readonly reason: string;
}
