import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { EpochMs } from '../../src/core/clock.ts';
import { CodedError, codeOf } from '../../src/core/coded-error.ts';
import { authorityPaths, devicePaths } from '../../src/identity/certificate-directory.ts';
import { thumbprintOf } from '../../src/identity/device-identity.ts';
import { enrolDevice } from '../../src/identity/enrolment.ts';
import type { DeviceId, PatientId, WardId } from '../../src/model/ids.ts';
import type { Registry } from '../../src/registry/registry.ts';

/** A wearable to play, and who wears it. */
export interface WearableRequest {
  readonly device: DeviceId;
  readonly patient: PatientId;
  readonly ward: WardId;
  /** What staff call the patient. */
  readonly label: string;
  readonly description: string;
  readonly intervalMs: number | null;
  /** Worn from this time on, where nobody wears it then. */
  readonly wornFrom: EpochMs;
}

/** What a client needs to connect as the wearable. */
export interface WearableIdentity {
  readonly device: DeviceId;
  readonly patient: PatientId | null;
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer;
}

export interface EnrolContext {
  readonly registry: Registry;
  /** The certificates directory. */
  readonly certs: string;
  readonly passphrase: string | undefined;
  /** Base URL of the revocation lists. */
  readonly crlUrl: string;
  readonly now: EpochMs;
  /** Whether what is missing is made; else it is an error. */
  readonly enrol: boolean;
}

/**
 * Makes sure that the device has a certificate the registry knows, that the patient exists and wears it; what is there
 * stays as it is. Running it twice changes nothing.
 * @throws CodedError `not_enrolled` when something is missing and must not be made; what enrolment throws
 */
export async function enrolWearable(
  context: EnrolContext,
  request: WearableRequest,
): Promise<WearableIdentity> {
  const { registry, certs, enrol } = context;
  const { device, patient } = request;
  if (!(await holdsCertificate(context, device))) {
    if (!enrol) throw notEnrolled(device, `has no certificate in ${certs} that holds`);
    await enrolDevice({
      registry,
      directory: certs,
      crlUrl: context.crlUrl,
      ...(context.passphrase === undefined ? {} : { passphrase: context.passphrase }),
      device,
      description: request.description,
      intervalMs: request.intervalMs,
      succession: registry.device(device) ? { kind: 'replace', reason: 'superseded' } : { kind: 'first' },
      now: context.now,
    });
  }
  if (enrol && registry.patientAt(device, request.wornFrom) === null) {
    if (!registry.patient(patient))
      await registry.addPatient({ id: patient, ward: request.ward, label: request.label, news2: 'scale_1' });
    await assign(context, request);
  }
  const files = devicePaths(certs, device);
  const [cert, key, ca] = await Promise.all([
    readFile(files.certificate),
    readFile(files.key),
    readFile(authorityPaths(certs, 'root').certificate),
  ]);
  return { device, patient: registry.patientAt(device, context.now), cert, key, ca };
}

/** A device that was worn before can't be given to somebody for times before that: then from now on. */
async function assign({ registry, now }: EnrolContext, request: WearableRequest): Promise<void> {
  const { device, patient, wornFrom } = request;
  try {
    await registry.assign(device, patient, wornFrom);
  } catch (error) {
    if (codeOf(error) !== 'invalid_assignment') throw error;
    if (registry.patientAt(device, now) === null) await registry.assign(device, patient, now);
  }
}

async function holdsCertificate({ registry, certs, now }: EnrolContext, device: DeviceId): Promise<boolean> {
  const files = devicePaths(certs, device);
  if (!existsSync(files.certificate) || !existsSync(files.key)) return false;
  const certificate = new X509Certificate(await readFile(files.certificate));
  const known = registry.certificate(thumbprintOf(certificate.raw));
  return known !== undefined && known.ended === null && known.not_after > now;
}

function notEnrolled(device: DeviceId, why: string): CodedError<'not_enrolled'> {
  return new CodedError(
    'not_enrolled',
    `device "${device}" ${why}: leave out --no-enrol, or run "npm run device -- issue ${device}"`,
  );
}
