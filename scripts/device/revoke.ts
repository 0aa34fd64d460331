import { type Command, Option } from 'commander';
import { CodedError } from '../../src/core/coded-error.ts';
import { type DeviceId, deviceId } from '../../src/model/ids.ts';
import { type DeviceCertificate, REVOCATION_REASONS, type RevocationReason } from '../../src/model/people.ts';
import type { Registry } from '../../src/registry/registry.ts';
import {
  type AdminContext,
  type AdminOptions,
  answer,
  argument,
  subcommand,
  withRegistry,
} from '../admin-command.ts';
import { type PassphraseOptions, passphraseFileOption } from '../ca-passphrase.ts';
import { counted } from '../counted.ts';
import { canAsk, confirm } from '../terminal/ask.ts';
import { afterStatus } from './after-status.ts';
import { knownDevice, standing } from './describe.ts';

interface RevokeOptions extends AdminOptions, PassphraseOptions {
  readonly reason: RevocationReason;
  readonly certificate?: string;
  readonly yes?: true;
}

/** Of a certificate that a newer one has replaced; a device is not revoked for that. */
const REASONS = REVOCATION_REASONS.filter((reason) => reason !== 'superseded');

/** Adds `revoke`. */
export function addRevoke(program: Command): void {
  subcommand(
    program,
    'revoke',
    'End a device for good, with all its certificates; or one certificate of it. Asks first, on a terminal.',
    [
      'device -- revoke wrist-7 --reason keyCompromise',
      'device -- revoke wrist-7 --yes',
      'device -- revoke wrist-7 --certificate 5A01...9F   (this one only; "device -- show wrist-7" lists them)',
    ],
  )
    .argument('<id>', 'device id', argument(deviceId))
    .addOption(
      new Option('--reason <reason>', 'as revocation lists say it').choices(REASONS).default('unspecified'),
    )
    .option('--certificate <serial>', 'one certificate, by its serial number in hex')
    .option('--yes', 'do not ask')
    .addOption(passphraseFileOption())
    .action((id: DeviceId, options: RevokeOptions) =>
      withRegistry(options, (context) =>
        options.certificate === undefined
          ? revokeDevice(context, id, options)
          : revokeCertificate(context, id, options.certificate, options),
      ),
    );
}

async function revokeDevice(context: AdminContext, id: DeviceId, options: RevokeOptions): Promise<void> {
  const { registry, audit, clock } = context;
  const { status } = knownDevice(registry, id);
  const { reason } = options;
  if (status !== 'revoked')
    await ask(`Revoke device ${id} for good, with all its certificates (${reason})?`, options);
  const ended = standing(registry.certificatesOf(id)).map(({ serial }) => serial);
  await registry.revokeDevice(id, reason, clock.now());
  const details = { reason, certificates_ended: ended.length };
  await audit.record({ action: 'device_revoked', subject: id, details });
  const { lists, lines } = await afterStatus(context, options);
  const text = `Device ${id} is revoked for good (${reason}); ${counted(ended.length, 'certificate')} ended.`;
  answer(options, { device: id, status: 'revoked', reason, ended, lists }, [text, ...lines].join('\n'));
}

async function revokeCertificate(
  context: AdminContext,
  id: DeviceId,
  serial: string,
  options: RevokeOptions,
): Promise<void> {
  const { registry, audit, clock } = context;
  const { status } = knownDevice(registry, id);
  const { reason } = options;
  const certificate = findCertificate(registry, id, serial);
  await ask(`Revoke certificate ${certificate.serial} of device ${id} (${reason})?`, options);
  await registry.endCertificate(certificate.thumbprint, reason, clock.now());
  const details = { device: id, reason };
  await audit.record({ action: 'certificate_revoked', subject: certificate.serial, details });
  const { lists, lines } = await afterStatus(context, options);
  const left = standing(registry.certificatesOf(id)).map((one) => one.serial);
  const rest =
    left.length === 0
      ? `It has none left: "npm run device -- replace ${id}" makes one.`
      : `Left: ${left.join(', ')}.`;
  answer(
    options,
    { device: id, status, reason, ended: [certificate.serial], lists },
    [`Certificate ${certificate.serial} of ${id} is revoked (${reason}). ${rest}`, ...lines].join('\n'),
  );
}

/** By its serial number as people copy it: in either case, with or without colons. */
function findCertificate(registry: Registry, id: DeviceId, serial: string): DeviceCertificate {
  const wanted = serial.replaceAll(':', '').replace(/^0+/, '').toUpperCase();
  const found = registry.certificatesOf(id).find((one) => one.serial === wanted);
  if (found !== undefined) return found;
  throw new CodedError(
    'unknown_certificate',
    `device "${id}" has no certificate ${JSON.stringify(serial.slice(0, 64))}: "npm run device -- show ${id}" lists them`,
  );
}

async function ask(question: string, { yes }: RevokeOptions): Promise<void> {
  if (yes === undefined && canAsk()) await confirm(question);
}
