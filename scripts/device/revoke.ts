import { type Command, Option } from 'commander';
import { CodedError } from '../../src/core/coded-error.ts';
import { type DeviceId, deviceId } from '../../src/model/ids.ts';
import { type DeviceCertificate, REVOCATION_REASONS, type RevocationReason } from '../../src/model/people.ts';
import {
  cameOf,
  certificateWithSerial,
  endCertificate,
  endDevice,
} from '../../src/registry/device-record.ts';
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
import { knownDevice } from './describe.ts';

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
      'device -- revoke wrist-7 --certificate 5A01...9F --reason keyCompromise   (and all that it was used to get)',
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
  const { ended, act } = await endDevice(registry, id, reason, clock.now());
  await audit.record(act);
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
  const came = cameOf(registry, certificate);
  const isCompromised = reason === 'keyCompromise';
  const more = isCompromised && came.length > 0 ? `, and what came of it: ${came.join(', ')}` : '';
  await ask(`Revoke certificate ${certificate.serial} of device ${id} (${reason})${more}?`, options);
  const { ended, left, acts } = await endCertificate(registry, certificate, reason, clock.now());
  for (const act of acts) await audit.record(act);
  const [, ...fallen] = ended;
  const { lists, lines } = await afterStatus(context, options);
  const renewed = left.filter((one) => came.includes(one));
  const others = left.filter((one) => !came.includes(one));
  const fell = fallen.length === 0 ? '' : `, and what came of it: ${fallen.join(', ')}`;
  answer(
    options,
    { device: id, status, reason, ended, left, left_renewed: renewed, lists },
    [
      `Certificate ${certificate.serial} of ${id} is revoked (${reason})${fell}. ${leftOver(id, others, renewed)}`,
      ...lines,
    ].join('\n'),
  );
}

function leftOver(id: DeviceId, others: readonly string[], renewed: readonly string[]): string {
  if (others.length + renewed.length === 0)
    return `It has none left: "npm run device -- replace ${id}" makes one.`;
  if (renewed.length === 0) return `Left: ${others.join(', ')}.`;
  const first = others.length === 0 ? '' : `${others.join(', ')}, and `;
  return `Left: ${first}what was renewed with it: ${renewed.join(', ')}. "npm run device -- revoke ${id} --certificate <serial> --reason keyCompromise" ends such a one with all that came of it.`;
}

function findCertificate(registry: Registry, id: DeviceId, serial: string): DeviceCertificate {
  const found = certificateWithSerial(registry, id, serial);
  if (found !== undefined) return found;
  throw new CodedError(
    'unknown_certificate',
    `device "${id}" has no certificate ${JSON.stringify(serial.slice(0, 64))}: "npm run device -- show ${id}" lists them`,
  );
}

async function ask(question: string, { yes }: RevokeOptions): Promise<void> {
  if (yes === undefined && canAsk()) await confirm(question);
}
