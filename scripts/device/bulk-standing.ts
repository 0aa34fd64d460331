import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { EpochMs } from '../../src/core/clock.ts';
import { CodedError, codeOf } from '../../src/core/coded-error.ts';
import { type DevicePaths, devicePaths } from '../../src/identity/certificate-directory.ts';
import { thumbprintOf } from '../../src/identity/device-identity.ts';
import { newDevice } from '../../src/identity/enrolment.ts';
import type { Device, DeviceCertificate } from '../../src/model/people.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { checkDevice } from '../../src/registry/registry-checks.ts';
import type { BulkRow } from './bulk-rows.ts';
import { instant } from './describe.ts';

/** How far the device of a row has come: still to be issued, or there already. */
export type BulkStanding =
  | { readonly kind: 'new'; readonly device: Device }
  | { readonly kind: 'present'; readonly certificate: DeviceCertificate; readonly files: DevicePaths };

/**
 * Looks where a row stands. A device is done when it has a certificate that holds and its files are here. One that has
 * a certificate and no files here may be in use with the files it was given: that certificate is never ended unasked.
 * @throws CodedError `device_revoked`, `invalid_entry`, `unknown_patient`, `worn_by_another`, `device_files_missing`
 */
export async function standingOf(
  row: BulkRow,
  { registry, certs, now }: { readonly registry: Registry; readonly certs: string; readonly now: EpochMs },
): Promise<BulkStanding> {
  const { id, patient, description, intervalMs } = row;
  const known = registry.device(id);
  if (known?.status === 'revoked') {
    throw new CodedError('device_revoked', `device "${id}" is revoked for good: enrol it under another id`);
  }
  if (patient !== null && registry.patient(patient) === undefined) {
    throw new CodedError(
      'unknown_patient',
      `patient "${patient}" is not registered: add it with "npm run patient -- add ${patient} --ward <ward>", or give --add-patients <ward>`,
    );
  }
  const holding = registry
    .certificatesOf(id)
    .filter(({ ended, not_after }) => ended === null && not_after > now)
    .at(-1);
  if (holding === undefined) {
    const device = known ?? checkDevice(newDevice({ device: id, description, intervalMs, now }));
    return { kind: 'new', device };
  }
  const files = devicePaths(certs, id);
  const here = await certificateHere(files);
  const registered = here && registry.certificate(thumbprintOf(here.raw));
  if (registered?.device !== id) throw filesMissing(holding, files);
  const wearer = registry.patientAt(id, now);
  if (patient !== null && wearer !== patient) {
    throw new CodedError(
      'worn_by_another',
      `device "${id}" has its certificate, and ${wearer === null ? 'nobody' : `patient "${wearer}"`} wears it: "npm run device -- assign ${id} ${patient}" if that is to change`,
    );
  }
  return { kind: 'present', certificate: holding, files };
}

function filesMissing({ device, not_after }: DeviceCertificate, files: DevicePaths): CodedError {
  return new CodedError(
    'device_files_missing',
    `device "${device}" has a certificate until ${instant(not_after)}, and ${files.directory} does not hold its files: it may use those it was given; "npm run device -- replace ${device}" ends them and makes new ones`,
  );
}

/** The certificate in a device's files, if they are whole; the key of a device of its own is not among them. */
async function certificateHere(files: DevicePaths): Promise<X509Certificate | null> {
  const [certificate, key, authority] = await Promise.all(
    [files.certificate, files.key, files.authority].map(readIfThere),
  );
  if (certificate === null || certificate === undefined || authority === null) return null;
  try {
    const parsed = new X509Certificate(certificate);
    return key && !parsed.checkPrivateKey(createPrivateKey(key)) ? null : parsed;
  } catch {
    // Not a certificate, or not a key: not whole.
    return null;
  }
}

async function readIfThere(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null;
    throw error;
  }
}
