import type { EpochMs } from '../core/clock.ts';
import type { DeviceId } from '../model/ids.ts';
import { type DeviceCertificate, REVOCATION_REASONS, type RevocationReason } from '../model/people.ts';
import { compromisedWith, refuseForeignKey } from './certificate-keys.ts';
import { checkCertificate, oneOf, time } from './registry-checks.ts';
import type { RegistryMemory } from './registry-memory.ts';
import { exists, type RegistryWrite, revoked, type Statement, unknown } from './registry-write.ts';

/** The rules of writes to certificates: they begin pending or active, and end once, superseded or revoked. */
export class CertificateWrites {
  readonly #memory: RegistryMemory;

  constructor(memory: RegistryMemory) {
    this.#memory = memory;
  }

  add(entry: DeviceCertificate): RegistryWrite {
    const device = this.#memory.devices.get(entry.device);
    if (device === undefined) throw unknown('device', entry.device);
    if (device.status === 'revoked') throw revoked('device', entry.device);
    const insert = this.insertion(entry);
    return (revision) => [insert(revision)];
  }

  /** The row of a new certificate; that its device is known is the caller's to see to. */
  insertion(entry: DeviceCertificate): (revision: number) => Statement {
    const certificate = checkCertificate(entry);
    const { thumbprint, serial, device, authority, key_thumbprint, follows } = certificate;
    const { not_before, not_after, status, ended } = certificate;
    if (this.#memory.certificates.get(thumbprint) !== undefined) throw exists('certificate', thumbprint);
    if (follows !== null && this.#holding(follows).device !== device) throw unknown('certificate', follows);
    refuseForeignKey(certificate, this.#memory.certificatesWithKey(key_thumbprint));
    return (revision) => ({
      sql: `INSERT INTO certificates
            (thumbprint, serial, device, authority, key_thumbprint, follows, not_before, not_after, status, ended_at,
             ended_reason, revision)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      values: [
        ...[thumbprint, serial, device, authority, key_thumbprint, follows, not_before, not_after, status],
        ...[ended?.at ?? null, ended?.reason ?? null, revision],
      ],
    });
  }

  end(thumbprint: string, reason: RevocationReason, at: EpochMs): RegistryWrite {
    const certificate = this.#memory.certificates.get(thumbprint);
    if (certificate === undefined) throw unknown('certificate', thumbprint);
    if (certificate.status === 'revoked') throw revoked('certificate', thumbprint);
    const status = ended(reason, at);
    const all = this.#memory.certificatesOf(certificate.device);
    const falling = reason === 'keyCompromise' ? compromisedWith(certificate, all) : [certificate];
    return (revision) =>
      falling.map((one) => ({
        sql: `UPDATE certificates SET status = ?, ended_at = ?, ended_reason = ?, revision = ?
              WHERE thumbprint = ? AND status <> 'revoked'`,
        values: [status, at, reason, revision, one.thumbprint],
      }));
  }

  activate(thumbprint: string, at: EpochMs, reason: RevocationReason): RegistryWrite {
    const certificate = this.#holding(thumbprint);
    const status = ended(reason, at);
    return (revision) => [
      {
        sql: `UPDATE certificates SET status = ?, ended_at = ?, ended_reason = ?, revision = ?
              WHERE device = ? AND thumbprint <> ? AND ended_at IS NULL`,
        values: [status, at, reason, revision, certificate.device, thumbprint],
      },
      {
        sql: "UPDATE certificates SET status = 'active', revision = ? WHERE thumbprint = ?",
        values: [revision, thumbprint],
      },
      {
        sql: `UPDATE devices SET late_renewal_until = NULL, revision = ?
              WHERE id = ? AND late_renewal_until IS NOT NULL`,
        values: [revision, certificate.device],
      },
    ];
  }

  /** A certificate that has not ended. */
  #holding(thumbprint: string): DeviceCertificate {
    const certificate = this.#memory.certificates.get(thumbprint);
    if (certificate === undefined) throw unknown('certificate', thumbprint);
    if (certificate.ended !== null) throw revoked('certificate', thumbprint);
    return certificate;
  }

  endAllOf(authority: string, reason: RevocationReason, at: EpochMs): RegistryWrite {
    const status = ended(reason, at);
    return (revision) => [
      {
        sql: `UPDATE certificates SET status = ?, ended_at = ?, ended_reason = ?, revision = ?
              WHERE authority = ? AND ended_at IS NULL`,
        values: [status, at, reason, revision, authority],
      },
    ];
  }

  revokeDevice(id: DeviceId, reason: RevocationReason, at: EpochMs): RegistryWrite {
    const device = this.#memory.devices.get(id);
    if (device === undefined) throw unknown('device', id);
    if (device.status === 'revoked') throw revoked('device', id);
    ended(reason, at);
    return (revision) => [
      {
        sql: "UPDATE devices SET status = 'revoked', late_renewal_until = NULL, revision = ? WHERE id = ?",
        values: [revision, id],
      },
      {
        sql: `UPDATE certificates SET status = 'revoked', ended_at = ?, ended_reason = ?, revision = ?
              WHERE device = ? AND ended_at IS NULL`,
        values: [at, reason, revision, id],
      },
    ];
  }
}

/** The status that a certificate ends with for a reason; both are checked. */
function ended(reason: RevocationReason, at: EpochMs): 'superseded' | 'revoked' {
  time('at', at);
  return oneOf('reason', reason, REVOCATION_REASONS) === 'superseded' ? 'superseded' : 'revoked';
}
