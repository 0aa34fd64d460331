import { type Command, Option } from 'commander';
import { CodedError } from '../../src/core/coded-error.ts';
import type { DevicePaths } from '../../src/identity/certificate-directory.ts';
import { type Enrolment, type EnrolmentKey, enrolDevice } from '../../src/identity/enrolment.ts';
import { type PatientId, patientId } from '../../src/model/ids.ts';
import { DEVICE_CERTIFICATE_DAYS } from '../../src/pki/device-certificate.ts';
import type { KeyAlgorithm } from '../../src/pki/key-pair.ts';
import { type AdminContext, type AdminOptions, argument, wholeNumber } from '../admin-command.ts';
import {
  type PassphraseOptions,
  passphraseFileOption,
  readSecretFile,
  withPassphrase,
} from '../ca-passphrase.ts';
import { type CrlUrlOptions, crlUrlOf, crlUrlOption } from '../crl-url.ts';

/** What every command that issues a certificate to a device is told. */
export interface IssuingOptions extends AdminOptions, PassphraseOptions, CrlUrlOptions {
  readonly days: number;
}

/** What a command is told of the key that it makes. */
export interface KeyOptions {
  readonly key: KeyAlgorithm;
  readonly p12PasswordFile?: string;
}

/** What a command is told of a device that it registers. */
export interface NewDeviceOptions {
  readonly description: string;
  readonly interval?: number;
  readonly patient?: PatientId;
}

export function issuingOptions(command: Command): Command {
  return command
    .option('--days <n>', 'how long the certificate holds', wholeNumber(1, 825), DEVICE_CERTIFICATE_DAYS)
    .addOption(crlUrlOption())
    .addOption(passphraseFileOption());
}

export function bundleOption(): Option {
  return new Option(
    '--p12-password-file <file>',
    'also a PKCS#12 bundle, device.p12, under the password in this file: for phones and browsers',
  );
}

export function newDeviceOptions(command: Command): Command {
  return command
    .option('--description <text>', "make, model, serial; never a patient's name", '')
    .option(
      '--interval <seconds>',
      'how often it sends (default: learned from its samples)',
      wholeNumber(1, 86_400),
    )
    .option('--patient <id>', 'who wears it from now on', argument(patientId));
}

/** The key that is to be made, by the options. @throws CodedError `passphrase_unreadable`, `password_required` */
export function keyToMake({ key, p12PasswordFile }: KeyOptions): EnrolmentKey {
  if (p12PasswordFile === undefined) return { kind: 'made', algorithm: key };
  const bundlePassword = readSecretFile('--p12-password-file', p12PasswordFile);
  if (bundlePassword === '') {
    throw new CodedError(
      'password_required',
      `--p12-password-file ${p12PasswordFile} is empty: put a password in it`,
    );
  }
  return { kind: 'made', algorithm: key, bundlePassword };
}

/** @throws CodedError `unknown_patient`, before anything is made */
export function refuseUnknownPatient({ registry }: AdminContext, patient: PatientId | undefined): void {
  if (patient === undefined || registry.patient(patient) !== undefined) return;
  throw new CodedError(
    'unknown_patient',
    `patient "${patient}" is not registered: add it first with "npm run patient -- add ${patient} --ward <ward>"`,
  );
}

/** Enrols as the options say, asking for the passphrase where it takes one. @throws as `enrolDevice` */
export function enrolAs(
  { registry, certs, clock }: AdminContext,
  options: IssuingOptions,
  request: Pick<Parameters<typeof enrolDevice>[0], 'device' | 'key' | 'succession' | 'patient'> &
    Partial<Pick<Parameters<typeof enrolDevice>[0], 'description' | 'intervalMs'>>,
): Promise<Enrolment> {
  const crlUrl = crlUrlOf(options);
  return withPassphrase(options, (passphrase) =>
    enrolDevice({
      registry,
      directory: certs,
      description: '',
      intervalMs: null,
      ...request,
      ...passphrase,
      crlUrl,
      validityDays: options.days,
      now: clock.now(),
    }),
  );
}

/** The files that were made, by what is in them: of a key of the device's own there is none here. */
export function filesMade(
  files: DevicePaths,
  key: EnrolmentKey,
): Partial<DevicePaths> & Pick<DevicePaths, 'directory' | 'certificate' | 'authority'> {
  const { directory, certificate, authority } = files;
  if (key.kind === 'requested') return { directory, certificate, authority };
  const bundle = key.bundlePassword === undefined ? {} : { bundle: files.bundle };
  return { directory, certificate, key: files.key, authority, ...bundle };
}

/** Those files as lines for people. */
export function handOver({ directory, ...files }: ReturnType<typeof filesMade>): readonly string[] {
  return ['Put these on the device:', ...Object.values(files).map((file) => `  ${file}`)];
}
