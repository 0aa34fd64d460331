import { type Command, Option } from 'commander';
import { CodedError } from '../../src/core/coded-error.ts';
import type { EnrolmentKey } from '../../src/identity/enrolment.ts';
import { type DeviceId, deviceId } from '../../src/model/ids.ts';
import { heldUntil, standing } from '../../src/registry/device-record.ts';
import { type AdminContext, answer, argument, subcommand, withRegistry } from '../admin-command.ts';
import { parseDuration } from '../instant.ts';
import { keyOption } from '../key-option.ts';
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

interface RenewOptions extends IssuingOptions, KeyOptions {
  readonly csr?: string;
  readonly late?: true;
  /** Seconds. */
  readonly for?: number;
  readonly cancel?: true;
}

const LATE_S = 72 * 3_600;
const LATE_MOST_S = 31 * 86_400;

/** Adds `renew`. */
export function addRenew(program: Command): void {
  const renew = subcommand(
    program,
    'renew',
    "Make a device's next certificate; the present one stays good until the new one is used. Or let the device renew by itself though its certificate has expired.",
    [
      'device -- renew wrist-7',
      'device -- renew wrist-7 --csr wrist-7.csr',
      'device -- renew wrist-7 --late --for 24h   (it may renew once by itself, with its expired certificate)',
      'device -- renew wrist-7 --late --cancel',
    ],
  )
    .argument('<id>', 'device id', argument(deviceId))
    .addOption(keyOption())
    .addOption(bundleOption())
    .addOption(
      new Option('--csr <file>', 'certify the key of this request; - for standard input').conflicts([
        'p12PasswordFile',
        'late',
      ]),
    )
    .option('--late', 'make nothing: allow the device one renewal after its certificate has expired')
    .addOption(
      new Option('--for <duration>', 'with --late: how long that is allowed (default: 72h)').argParser(
        parseDuration(LATE_MOST_S),
      ),
    )
    .option('--cancel', 'with --late: allow it no longer');
  issuingOptions(renew).action((id: DeviceId, options: RenewOptions, command: Command) => {
    if (options.late === undefined && (options.for !== undefined || options.cancel)) {
      command.error('error: --for and --cancel go with --late');
    }
    if (options.for !== undefined && options.cancel) command.error('error: give either --for or --cancel');
    return withRegistry(options, (context) =>
      options.late ? setLateRenewal(context, id, options) : makeNext(context, id, options),
    );
  });
}

async function makeNext(context: AdminContext, id: DeviceId, options: RenewOptions): Promise<void> {
  knownDevice(context.registry, id);
  const key: EnrolmentKey =
    options.csr === undefined
      ? keyToMake(options)
      : { kind: 'requested', request: await readRequest(options.csr) };
  const goesOn = (heldUntil(context.registry.certificatesOf(id)) ?? 0) > context.clock.now();
  const { certificate, files } = await enrolAs(context, options, {
    device: id,
    key,
    succession: { kind: 'renew' },
  });
  const { serial, not_after } = certificate;
  await context.audit.record({
    action: 'device_renewed',
    subject: id,
    details: { serial, until: instant(not_after), made_by: key.kind === 'made' ? 'admin' : 'device' },
  });
  const placed = filesMade(files, key);
  answer(
    options,
    { certificate, files: placed },
    [
      `Device ${id}: next certificate until ${instant(not_after)}. ${goesOn ? 'The present one stays good until this one is used.' : 'The former ones have ended: it comes in with this one only.'}`,
      ...handOver(placed),
    ].join('\n'),
  );
}

async function setLateRenewal(
  { registry, audit, clock }: AdminContext,
  id: DeviceId,
  options: RenewOptions,
): Promise<void> {
  knownDevice(registry, id);
  const left = standing(registry.certificatesOf(id));
  if (options.cancel === undefined && left.length === 0) {
    throw new CodedError(
      'no_certificate',
      `device "${id}" has no certificate left that could renew: "npm run device -- replace ${id}" makes one`,
    );
  }
  const until = options.cancel ? null : clock.now() + (options.for ?? LATE_S) * 1000;
  await registry.allowLateRenewal(id, until);
  await audit.record({
    action: 'late_renewal_allowed',
    subject: id,
    details: { until: until === null ? 'no longer' : instant(until) },
  });
  const expired = (heldUntil(left) ?? 0) <= clock.now();
  const allowed = `Device ${id} may renew once with an expired certificate until ${until === null ? '' : instant(until)}.`;
  const text =
    until === null
      ? `Device ${id} may not renew with an expired certificate.`
      : `${allowed}${expired ? '' : ' Its certificate has not expired yet.'}`;
  answer(options, { device: id, late_renewal_until: until }, text);
}
