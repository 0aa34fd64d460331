import type { Command } from 'commander';
import { CodedError } from '../../src/core/coded-error.ts';
import { type DeviceId, deviceId } from '../../src/model/ids.ts';
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

const ACTS = {
  suspended: { action: 'device_suspended', text: 'is suspended: turned away until it is resumed.' },
  active: { action: 'device_resumed', text: 'is active again.' },
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
  const before = knownDevice(context.registry, id).status;
  if (before === 'revoked') {
    throw new CodedError('device_revoked', `device "${id}" is revoked for good: enrol it under another id`);
  }
  const changed = before !== status;
  if (changed) {
    await context.registry.setDeviceStatus(id, status);
    await context.audit.record({ action: ACTS[status].action, subject: id });
  }
  // Also when nothing changed: an earlier run may not have got that far.
  const { lists, lines } = await afterStatus(context, options);
  const text = changed ? `Device ${id} ${ACTS[status].text}` : `Device ${id} was ${status} already.`;
  answer(options, { device: id, status, changed, lists }, [text, ...lines].join('\n'));
}
