import { existsSync, promises as fs } from 'node:fs';
import { join } from 'node:path';
import type { EpochMs } from '../../src/core/clock.ts';
import { listAuthorities } from '../../src/identity/authorities.ts';
import { type DeviceCertificate, REVOCATION_REASONS, type RevocationReason } from '../../src/model/people.ts';
import { verifyRevocationList } from '../../src/pki/revocation-list.ts';
import type { Registry } from '../../src/registry/registry.ts';
import type { RegistryEntry } from '../../src/registry/registry-memory.ts';
import { prepareRows } from '../../src/registry/registry-rows.ts';
import { Snapshot } from './snapshot.ts';

/** What was taken away from somebody again, in words for people. */
export interface Withdrawn {
  readonly subject: string;
  readonly what:
    | 'certificate revoked'
    | 'device revoked'
    | 'device suspended'
    | 'clinician ended'
    | 'access ended';
  readonly from: 'revocation list' | 'former registry';
}

/*
 * A registry of before forgets what was withdrawn since: a stolen wearable would be let in again, and the first start
 * would publish revocation lists without it over those that still name it. So what is known to have been withdrawn is
 * withdrawn again before any server sees the registry. The other way round nothing is carried over: that somebody was
 * given something is for people to say again.
 */

/** Revokes, or suspends, what the signed revocation lists in the certificates directory name and the registry takes for good. */
export async function withdrawListed(
  registry: Registry,
  certs: string,
  warn: (text: string) => void,
): Promise<readonly Withdrawn[]> {
  if (!existsSync(join(certs, 'crl'))) return [];
  const certificates = registry.devices().flatMap(({ id }) => registry.certificatesOf(id));
  const withdrawn: Withdrawn[] = [];
  for (const authority of await authoritiesIn(certs, warn)) {
    const path = join(certs, 'crl', `${authority.keyId}.crl`);
    if (!existsSync(path)) continue;
    try {
      const list = verifyRevocationList(await fs.readFile(path), authority.certificate);
      const listed = new Map(list.entries.map((entry) => [entry.serial, entry]));
      for (const certificate of certificates) {
        const entry = listed.get(certificate.serial);
        if (entry === undefined || certificate.authority !== list.authority) continue;
        if (entry.reason === 'certificateHold') {
          // So lists name the certificates of a device that is suspended, which may be resumed.
          if (registry.device(certificate.device)?.status !== 'active') continue;
          await registry.setDeviceStatus(certificate.device, 'suspended');
          withdrawn.push({ subject: certificate.device, what: 'device suspended', from: 'revocation list' });
        } else if (await end(registry, certificate, reasonOf(entry.reason), entry.at))
          withdrawn.push(told(certificate, 'revocation list'));
      }
    } catch (error) {
      warn(`${path} was not gone by: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return withdrawn;
}

/** None where they cannot be read, which is told: lists that nobody can verify are not gone by. */
async function authoritiesIn(
  certs: string,
  warn: (text: string) => void,
): Promise<Awaited<ReturnType<typeof listAuthorities>>> {
  try {
    return await listAuthorities(certs);
  } catch (error) {
    warn(`the lists in ${certs} were not gone by: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
}

/**
 * Withdraws what a newer registry of the same server had withdrawn: devices, certificates, people, break-glass access.
 * @param path its registry.db
 */
export async function withdrawKnown(
  registry: Registry,
  path: string,
  now: EpochMs,
): Promise<readonly Withdrawn[]> {
  const withdrawn: Withdrawn[] = [];
  for (const { kind, value } of entriesOf(path)) {
    if (kind === 'certificate') {
      const known = registry.certificate(value.thumbprint);
      if (known === undefined || value.ended === null) continue;
      if (await end(registry, known, value.ended.reason, value.ended.at))
        withdrawn.push(told(known, 'former registry'));
    } else if (kind === 'device') {
      const { id, status } = value;
      const known = registry.device(id);
      if (known === undefined || known.status === 'revoked' || known.status === status) continue;
      if (status === 'revoked') await registry.revokeDevice(id, 'unspecified', now);
      else if (status === 'suspended') await registry.setDeviceStatus(id, 'suspended');
      else continue;
      withdrawn.push({ subject: id, what: `device ${status}`, from: 'former registry' });
    } else if (kind === 'clinician') {
      const known = registry.clinician(value.id);
      if (known === undefined || !known.active || value.active) continue;
      await registry.putClinician({ ...known, active: false });
      withdrawn.push({ subject: value.id, what: 'clinician ended', from: 'former registry' });
    } else if (kind === 'grant') {
      const known = registry.grant(value.id);
      if (known === undefined || known.until <= now || value.until >= known.until) continue;
      await registry.endAccess(value.id, Math.max(now, known.from));
      withdrawn.push({ subject: value.clinician, what: 'access ended', from: 'former registry' });
    }
  }
  return withdrawn;
}

/** In this order a device's certificates get the reason that was given for each. */
const ORDER: Readonly<Partial<Record<RegistryEntry['kind'], number>>> = { certificate: 0, device: 1 };

function entriesOf(path: string): readonly RegistryEntry[] {
  using snapshot = new Snapshot(path);
  return [...prepareRows(snapshot.database)(0).entries].sort(
    (a, b) => (ORDER[a.kind] ?? 2) - (ORDER[b.kind] ?? 2),
  );
}

async function end(
  registry: Registry,
  { thumbprint }: DeviceCertificate,
  reason: RevocationReason,
  at: EpochMs,
): Promise<boolean> {
  // Looked at now: a compromised key has ended others with it.
  if (registry.certificate(thumbprint)?.ended !== null || reason === 'superseded') return false;
  await registry.endCertificate(thumbprint, reason, at);
  return true;
}

/** Lists have reasons that no certificate of ours is given. */
function reasonOf(reason: string): RevocationReason {
  return REVOCATION_REASONS.find((one) => one === reason) ?? 'unspecified';
}

function told({ device, serial }: DeviceCertificate, from: Withdrawn['from']): Withdrawn {
  return { subject: `${device}, serial ${serial}`, what: 'certificate revoked', from };
}
