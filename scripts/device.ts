import type { Command } from 'commander';
import { CodedError } from '../src/core/coded-error.ts';
import { enrolDevice } from '../src/identity/enrolment.ts';
import { type DeviceId, deviceId, type PatientId, patientId } from '../src/model/ids.ts';
import type { Device, DeviceCertificate } from '../src/model/people.ts';
import { DEVICE_CERTIFICATE_DAYS } from '../src/pki/device-certificate.ts';
import type { Registry } from '../src/registry/registry.ts';
import {
  type AdminContext,
  type AdminOptions,
  adminProgram,
  answer,
  argument,
  runProgram,
  subcommand,
  wholeNumber,
  withRegistry,
} from './admin-command.ts';
import { type PassphraseOptions, passphraseFileOption, readPassphrase } from './ca-passphrase.ts';
import { parseInstant } from './instant.ts';
import { formatTable } from './table.ts';

interface IssueOptions extends AdminOptions, PassphraseOptions {
  readonly description: string;
  readonly interval?: number;
  readonly days: number;
  readonly patient?: PatientId;
  readonly replace?: true;
}

interface AssignOptions extends AdminOptions {
  readonly none?: true;
  readonly at?: number;
}

const program = adminProgram('device', 'Enrol wearables, list them, and say who wears them.');

subcommand(program, 'issue', 'Register a device and make its key and certificate.', [
  'device -- issue wrist-7 --patient p-12',
  'device -- issue wrist-7 --description "Wrist band, serial 0815" --interval 5 --days 30',
  'device -- issue wrist-7 --replace',
])
  .argument('<id>', 'device id', argument(deviceId))
  .option('--description <text>', "make, model, serial; never a patient's name", '')
  .option(
    '--interval <seconds>',
    'how often it sends (default: learned from its samples)',
    wholeNumber(1, 86_400),
  )
  .option('--days <n>', 'how long the certificate holds', wholeNumber(1, 825), DEVICE_CERTIFICATE_DAYS)
  .option('--patient <id>', 'who wears it from now on', argument(patientId))
  .option('--replace', 'a new certificate for a device that has one; the former one ends at once')
  .addOption(passphraseFileOption())
  .action((id: DeviceId, options: IssueOptions) =>
    withRegistry(options, (context) => issue(context, id, options)),
  );

subcommand(program, 'list', 'List devices, who wears them now, and until when their certificates hold.', [
  'device -- list',
  'device -- list --json',
]).action((options: AdminOptions) =>
  withRegistry(options, async ({ registry, clock }) => {
    const now = clock.now();
    const devices = registry.devices().map((device) => ({
      ...device,
      patient: registry.patientAt(device.id, now),
      certificates: registry.certificatesOf(device.id),
    }));
    const table = formatTable<Device & { patient: PatientId | null }>(
      [
        { heading: 'DEVICE', value: ({ id }) => id },
        { heading: 'STATUS', value: ({ status }) => status },
        { heading: 'PATIENT', value: ({ patient }) => patient ?? '-' },
        { heading: 'INTERVAL', value: (device) => intervalOf(device) },
        { heading: 'CERTIFICATE UNTIL', value: ({ id }) => heldUntil(registry, id) },
        { heading: 'DESCRIPTION', value: ({ description }) => description },
      ],
      devices,
    );
    answer(
      options,
      devices,
      devices.length === 0 ? 'No devices. Enrol one: npm run device -- issue <id>' : table,
    );
  }),
);

subcommand(program, 'assign', 'Say who wears a device, or that nobody does.', [
  'device -- assign wrist-7 p-12',
  'device -- assign wrist-7 p-12 --at 2026-05-01T08:30:00Z',
  'device -- assign wrist-7 --none',
])
  .argument('<id>', 'device id', argument(deviceId))
  .argument('[patient]', 'patient id', argument(patientId))
  .option('--none', 'nobody wears it')
  .option('--at <time>', 'since when, ISO 8601 with an offset (default: now)', parseInstant)
  .action((id: DeviceId, patient: PatientId | undefined, options: AssignOptions, command: Command) => {
    if ((patient === undefined) === (options.none === undefined)) {
      command.error('error: give either a patient id or --none');
    }
    return withRegistry(options, async ({ registry, clock }) => {
      const from = options.at ?? clock.now();
      await registry.assign(id, patient ?? null, from);
      const since = new Date(from).toISOString();
      const text = patient === undefined ? `Nobody wears ${id}` : `${patient} wears ${id}`;
      answer(options, { device: id, patient: patient ?? null, from }, `${text} since ${since}.`);
    });
  });

async function issue(
  { registry, certs, clock }: AdminContext,
  id: DeviceId,
  options: IssueOptions,
): Promise<void> {
  const { patient } = options;
  if (patient !== undefined && registry.patient(patient) === undefined) {
    throw new CodedError(
      'unknown_patient',
      `patient "${patient}" is not registered: add it first with "npm run patient -- add ${patient} --ward <ward>"`,
    );
  }
  const passphrase = readPassphrase(options);
  const now = clock.now();
  const { device, certificate, files } = await enrolDevice({
    registry,
    directory: certs,
    device: id,
    description: options.description,
    intervalMs: options.interval === undefined ? null : options.interval * 1000,
    validityDays: options.days,
    succession: options.replace === true ? { kind: 'replace', reason: 'superseded' } : { kind: 'first' },
    now,
    ...(passphrase === undefined ? {} : { passphrase }),
  });
  if (patient !== undefined) await registry.assign(id, patient, now);
  const wearer = registry.patientAt(id, now);
  answer(
    options,
    { device, certificate, files, patient: wearer },
    [
      `Device ${id}, interval ${intervalOf(device)}, certificate until ${new Date(certificate.not_after).toISOString()}.`,
      'Put these on the device:',
      `  ${files.certificate}`,
      `  ${files.key}`,
      `  ${files.authority}`,
      wearer === null
        ? `Nobody wears it yet: npm run device -- assign ${id} <patient>`
        : `Worn by ${wearer}.`,
    ].join('\n'),
  );
}

function intervalOf({ interval_ms }: Device): string {
  return interval_ms === null ? 'learned' : `${interval_ms / 1000} s`;
}

function heldUntil(registry: Registry, id: DeviceId): string {
  const ends = registry
    .certificatesOf(id)
    .filter(({ status }: DeviceCertificate) => status === 'active')
    .map(({ not_after }) => not_after);
  return ends.length === 0 ? 'none' : new Date(Math.max(...ends)).toISOString();
}

await runProgram(program);
