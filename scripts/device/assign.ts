import type { Command } from 'commander';
import { CodedError } from '../../src/core/coded-error.ts';
import { type DeviceId, deviceId, type PatientId, patientId } from '../../src/model/ids.ts';
import { assignDevice } from '../../src/registry/device-record.ts';
import { type AdminOptions, answer, argument, subcommand, withRegistry } from '../admin-command.ts';
import { parseInstant } from '../instant.ts';
import { instant } from './describe.ts';

interface AssignOptions extends AdminOptions {
  readonly none?: true;
  readonly at?: number;
}

/** Adds `assign`. */
export function addAssign(program: Command): void {
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
      return withRegistry(options, async ({ registry, audit, clock }) => {
        const from = options.at ?? clock.now();
        if (patient !== undefined && registry.device(id)?.status === 'revoked') {
          throw new CodedError(
            'device_revoked',
            `device "${id}" is revoked for good: nobody can wear it, enrol it under another id`,
          );
        }
        await audit.record(await assignDevice(registry, id, patient ?? null, from));
        const text = patient === undefined ? `Nobody wears ${id}` : `${patient} wears ${id}`;
        answer(options, { device: id, patient: patient ?? null, from }, `${text} since ${instant(from)}.`);
      });
    });
}
