import { type Command, Option } from 'commander';
import type { EpochMs } from '../../src/core/clock.ts';
import type { PatientId } from '../../src/model/ids.ts';
import type { Device, DeviceCertificate } from '../../src/model/people.ts';
import { heldUntil } from '../../src/registry/device-record.ts';
import { DEVICE_STATUSES } from '../../src/registry/registry-checks.ts';
import { type AdminOptions, answer, subcommand, withRegistry } from '../admin-command.ts';
import { parseDuration } from '../instant.ts';
import { formatTable } from '../table.ts';
import { instant, intervalOf } from './describe.ts';

interface ListOptions extends AdminOptions {
  readonly status?: Device['status'];
  /** Seconds. */
  readonly expiring?: number;
}

interface ListedDevice extends Device {
  readonly patient: PatientId | null;
  readonly certificates: readonly DeviceCertificate[];
}

const EXPIRING_MOST_S = 825 * 86_400;

/** Adds `list`. */
export function addList(program: Command): void {
  subcommand(program, 'list', 'List devices, who wears them now, and until when their certificates hold.', [
    'device -- list',
    'device -- list --expiring 14d',
    'device -- list --status suspended --json',
  ])
    .addOption(new Option('--status <status>', 'of this status only').choices(DEVICE_STATUSES))
    .addOption(
      new Option(
        '--expiring <duration>',
        'only those whose last certificate ends within this time, or has ended: 72h, 14d',
      ).argParser(parseDuration(EXPIRING_MOST_S)),
    )
    .action((options: ListOptions) =>
      withRegistry(options, async ({ registry, clock }) => {
        const now = clock.now();
        const all = registry.devices().map((device): ListedDevice => {
          const patient = registry.patientAt(device.id, now);
          return { ...device, patient, certificates: registry.certificatesOf(device.id) };
        });
        const listed = all.filter((device) => isWanted(device, options, now));
        answer(options, listed, listed.length === 0 ? noneFound(all.length) : table(listed));
      }),
    );
}

function isWanted(device: ListedDevice, { status, expiring }: ListOptions, now: EpochMs): boolean {
  if (status !== undefined && device.status !== status) return false;
  if (expiring === undefined) return true;
  const until = heldUntil(device.certificates);
  return device.status !== 'revoked' && until !== null && until <= now + expiring * 1000;
}

function noneFound(all: number): string {
  return all === 0 ? 'No devices. Enrol one: npm run device -- issue <id>' : 'No such devices.';
}

function table(devices: readonly ListedDevice[]): string {
  return formatTable<ListedDevice>(
    [
      { heading: 'DEVICE', value: ({ id }) => id },
      { heading: 'STATUS', value: ({ status }) => status },
      { heading: 'PATIENT', value: ({ patient }) => patient ?? '-' },
      { heading: 'INTERVAL', value: intervalOf },
      { heading: 'CERTIFICATE UNTIL', value: ({ certificates }) => untilText(heldUntil(certificates)) },
      { heading: 'DESCRIPTION', value: ({ description }) => description },
    ],
    devices,
  );
}

function untilText(until: EpochMs | null): string {
  return until === null ? 'none' : instant(until);
}
