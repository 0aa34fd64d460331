import type { SessionVia } from '../../model/console-session.ts';
import type { CertificateStatus, DeviceStatus, RevocationReason, Role } from '../../model/people.ts';

/** A device as `GET /v1/devices` gives it. Times are epoch ms. */
export interface DeviceAnswer {
  readonly id: string;
  readonly status: DeviceStatus;
  readonly description: string;
  /** Who wears it now; null: nobody. */
  readonly patient: string | null;
  readonly presence: 'on' | 'silent' | 'off';
  /** Null: not since the server was started. */
  readonly presence_since: number | null;
  readonly battery_percent: number | null;
  /** Of the certificate that lasts longest; null: there is none. */
  readonly certificate_expires: number | null;
  readonly late_renewal_until: number | null;
}

export interface CertificateAnswer {
  readonly serial: string;
  readonly status: CertificateStatus;
  readonly expired: boolean;
  readonly not_before: number;
  readonly not_after: number;
  readonly ended_at: number | null;
  readonly ended_reason: RevocationReason | null;
}

/** A device as `GET /v1/devices/{id}` gives it. */
export interface DeviceDetailAnswer extends DeviceAnswer {
  readonly interval_ms: number | null;
  readonly created: number;
  readonly assignments: readonly {
    readonly patient: string;
    readonly from: number;
    readonly to: number | null;
  }[];
  readonly certificates: readonly CertificateAnswer[];
}

/** A patient as `GET /v1/registry/patients` gives them. */
export interface PatientAnswer {
  readonly id: string;
  readonly ward: string;
  readonly label: string;
  readonly devices: readonly string[];
}

/** A person as `GET /v1/clinicians` gives them. */
export interface PersonAnswer {
  readonly id: string;
  readonly role: Role;
  readonly wards: readonly string[];
  readonly patients: readonly string[];
  readonly active: boolean;
}

/** A session as `GET /v1/sessions` gives it. */
export interface SessionAnswer {
  readonly id: string;
  readonly clinician: string;
  readonly via: SessionVia;
  readonly from: number;
  readonly expires: number;
}
