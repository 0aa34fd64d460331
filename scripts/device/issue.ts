import type { Command } from 'commander';
import type { EnrolmentKey } from '../../src/identity/enrolment.ts';
import { type DeviceId, deviceId } from '../../src/model/ids.ts';
import { type AdminContext, answer, argument, subcommand, withRegistry } from '../admin-command.ts';
import { keyOption } from '../key-option.ts';
import { instant, intervalOf } from './describe.ts';
import {
  bundleOption,
  enrolAs,
  filesMade,
  handOver,
  type IssuingOptions,
  issuingOptions,
  type KeyOptions,
  keyToMake,
  type NewDeviceOptions,
  newDeviceOptions,
  refuseUnknownPatient,
} from './issuing-options.ts';
import { readRequest } from './read-request.ts';

type IssueOptions = IssuingOptions & NewDeviceOptions;

/** Adds `issue` and `issue-from-csr`. */
export function addIssue(program: Command): void {
  const made = subcommand(program, 'issue', 'Register a device and make its key and certificate.', [
    'device -- issue wrist-7 --patient p-12',
    'device -- issue wrist-7 --description "Wrist band, serial 0815" --interval 5 --days 30',
    'device -- issue phone-3 --key rsa-3072 --p12-password-file /run/secrets/phone-3',
  ])
    .argument('<id>', 'device id', argument(deviceId))
    .addOption(keyOption())
    .addOption(bundleOption());
  issuingOptions(newDeviceOptions(made)).action((id: DeviceId, options: IssueOptions & KeyOptions) =>
    withRegistry(options, (context) => issue(context, id, options, keyToMake(options))),
  );

  const requested = subcommand(
    program,
    'issue-from-csr',
    'Register a device that made its key itself, and certify it by its request (PKCS#10, PEM or DER).',
    [
      'device -- issue-from-csr wrist-7 wrist-7.csr --patient p-12',
      'device -- issue-from-csr wrist-7 - < wrist-7.csr',
    ],
  )
    .argument('<id>', 'device id', argument(deviceId))
    .argument('<file>', "the device's certificate request; - for standard input");
  issuingOptions(newDeviceOptions(requested)).action((id: DeviceId, file: string, options: IssueOptions) =>
    withRegistry(options, async (context) => {
      const request = await readRequest(file);
      await issue(context, id, options, { kind: 'requested', request });
    }),
  );
}

async function issue(
  context: AdminContext,
  id: DeviceId,
  options: IssueOptions,
  key: EnrolmentKey,
): Promise<void> {
  const { registry, audit, clock } = context;
  refuseUnknownPatient(context, options.patient);
  const { device, certificate, files } = await enrolAs(context, options, {
    device: id,
    description: options.description,
    intervalMs: options.interval === undefined ? null : options.interval * 1000,
    key,
    patient: options.patient ?? null,
  });
  await audit.record({
    action: 'device_issued',
    subject: id,
    details: {
      serial: certificate.serial,
      until: instant(certificate.not_after),
      made_by: key.kind === 'made' ? 'admin' : 'device',
      ...(options.patient === undefined ? {} : { patient: options.patient }),
    },
  });
  const wearer = registry.patientAt(id, clock.now());
  const placed = filesMade(files, key);
  answer(
    options,
    { device, certificate, files: placed, patient: wearer },
    [
      `Device ${id}, interval ${intervalOf(device)}, certificate until ${instant(certificate.not_after)}.`,
      ...handOver(placed),
      wearer === null
        ? `Nobody wears it yet: npm run device -- assign ${id} <patient>`
        : `Worn by ${wearer}.`,
    ].join('\n'),
  );
}
