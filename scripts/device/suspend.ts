import type { Command } from 'commander';
import { CodedError } from '../../src/core/coded-error.ts';
import { type DeviceId, deviceId } from '../../src/model/ids.ts';
import { changeDeviceStatus } from '../../src/registry/device-record.ts';
import {
  type AdminContext,
  type AdminOptions,
  answer,
  argument,
  subcommand,
  withRegistry,
} from '../admin-command.ts';
import { type PassphraseOptions, passphraseFileOption } from '../ca-passphrase.ts';
import { afterStatus } from './after-status.ts';
import { knownDevice } from './describe.ts';

type StatusOptions = AdminOptions & PassphraseOptions;

const TEXTS = {
  suspended: 'is suspended: turned away until it is resumed.',
  active: 'is active again.',
} as const;

/** Adds `suspend` and `resume`. */
export function addSuspend(program: Command): void {
  subcommand(program, 'suspend', 'Turn a device away until it is resumed; its certificates stay.', [
    'device -- suspend wrist-7',
    'device -- suspend wrist-7 --json',
  ])
    .argument('<id>', 'device id', argument(deviceId))
    .addOption(passphraseFileOption())
    .action((id: DeviceId, options: StatusOptions) =>
      withRegistry(options, (context) => setStatus(context, id, 'suspended', options)),
    );
  subcommand(program, 'resume', 'Admit a suspended device again.', [
    'device -- resume wrist-7',
    'device -- resume wrist-7 --json',
  ])
    .argument('<id>', 'device id', argument(deviceId))
    .addOption(passphraseFileOption())
    .action((id: DeviceId, options: StatusOptions) =>
      withRegistry(options, (context) => setStatus(context, id, 'active', options)),
    );
}

async function setStatus(
  context: AdminContext,
  id: DeviceId,
  status: 'active' | 'suspended',
  options: StatusOptions,
): Promise<void> {
  const device = knownDevice(context.registry, id);
  if (device.status === 'revoked') {
    throw new CodedError('device_revoked', `device "${id}" is revoked for good: enrol it under another id`);
  }
  const act = await changeDeviceStatus(context.registry, device, status);
  if (act !== null) await context.audit.record(act);
  const changed = act !== null;
  // Also when nothing changed: an earlier run may not have got that far.
  const { lists, lines } = await afterStatus(context, options);
  const text = changed ? `Device ${id} ${TEXTS[status]}` : `Device ${id} was ${status} already.`;
  answer(options, { device: id, status, changed, lists }, [text, ...lines].join('\n'));
}
