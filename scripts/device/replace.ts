import { type Command, Option } from 'commander';
import type { EnrolmentKey } from '../../src/identity/enrolment.ts';
import { type DeviceId, deviceId } from '../../src/model/ids.ts';
import { REVOCATION_REASONS, type RevocationReason } from '../../src/model/people.ts';
import { standing } from '../../src/registry/device-record.ts';
import { answer, argument, subcommand, withRegistry } from '../admin-command.ts';
import { counted } from '../counted.ts';
import { keyOption } from '../key-option.ts';
import { afterStatus } from './after-status.ts';
import { instant, knownDevice } from './describe.ts';
import {
  bundleOption,
  enrolAs,
  filesMade,
  handOver,
  type IssuingOptions,
  issuingOptions,
  type KeyOptions,
  keyToMake,
} from './issuing-options.ts';
import { readRequest } from './read-request.ts';

interface ReplaceOptions extends IssuingOptions, KeyOptions {
  readonly reason: RevocationReason;
  readonly csr?: string;
}

/** Adds `replace`. */
export function addReplace(program: Command): void {
  const replace = subcommand(
    program,
    'replace',
    'Give a device a new key and certificate; all its former certificates end at once.',
    [
      'device -- replace wrist-7 --reason keyCompromise',
      'device -- replace wrist-7 --csr wrist-7.csr',
      'device -- replace phone-3 --p12-password-file /run/secrets/phone-3',
    ],
  )
    .argument('<id>', 'device id', argument(deviceId))
    .addOption(
      new Option('--reason <reason>', 'why the former ones end, as revocation lists say it')
        .choices(REVOCATION_REASONS)
        .default('superseded'),
    )
    .addOption(keyOption())
    .addOption(bundleOption())
    .addOption(
      new Option('--csr <file>', 'certify the key of this request; - for standard input').conflicts(
        'p12PasswordFile',
      ),
    );
  issuingOptions(replace).action((id: DeviceId, options: ReplaceOptions) =>
    withRegistry(options, async (context) => {
      const { registry, audit } = context;
      knownDevice(registry, id);
      const ended = standing(registry.certificatesOf(id)).map(({ serial }) => serial);
      const key: EnrolmentKey =
        options.csr === undefined
          ? keyToMake(options)
          : { kind: 'requested', request: await readRequest(options.csr) };
      const succession = { kind: 'replace', reason: options.reason } as const;
      const { certificate, files } = await enrolAs(context, options, { device: id, key, succession });
      await audit.record({
        action: 'device_replaced',
        subject: id,
        details: { serial: certificate.serial, reason: options.reason, certificates_ended: ended.length },
      });
      const { lists, lines } = await afterStatus(context, options);
      const placed = filesMade(files, key);
      answer(
        options,
        { certificate, files: placed, ended, lists },
        [
          `Device ${id}: new certificate until ${instant(certificate.not_after)}; ${counted(ended.length, 'former one')} ended (${options.reason}).`,
          ...handOver(placed),
          ...lines,
        ].join('\n'),
      );
    }),
  );
}
