import type { Command } from 'commander';
import type { EpochMs } from '../../src/core/clock.ts';
import { type DeviceId, deviceId } from '../../src/model/ids.ts';
import type { Assignment, Device, DeviceCertificate } from '../../src/model/people.ts';
import { type AdminOptions, answer, argument, subcommand, withRegistry } from '../admin-command.ts';
import { formatTable } from '../table.ts';
import { instant, intervalOf, knownDevice } from './describe.ts';

/** Adds `show`. */
export function addShow(program: Command): void {
  subcommand(program, 'show', 'Show all that is known of a device: status, wearer, every certificate.', [
    'device -- show wrist-7',
    'device -- show wrist-7 --json',
  ])
    .argument('<id>', 'device id', argument(deviceId))
    .action((id: DeviceId, options: AdminOptions) =>
      withRegistry(options, async ({ registry, clock }) => {
        const now = clock.now();
        const device = knownDevice(registry, id);
        const worn = registry
          .assignmentsOf(id)
          .find(({ from, to }) => from <= now && (to === null || now < to));
        const certificates = registry.certificatesOf(id).map((one) => ({ ...one, state: stateOf(one, now) }));
        answer(
          options,
          { ...device, patient: worn?.patient ?? null, worn_since: worn?.from ?? null, certificates },
          [...facts(device, worn, now), '', certificateTable(certificates)].join('\n'),
        );
      }),
    );
}

/** What a certificate is now: its status, or that it has not begun or is over. */
function stateOf({ status, ended, not_before, not_after }: DeviceCertificate, now: EpochMs): string {
  if (ended !== null) return status;
  if (now < not_before) return 'not yet valid';
  return now < not_after ? status : 'expired';
}

function facts(device: Device, worn: Assignment | undefined, now: EpochMs): readonly string[] {
  const late = device.late_renewal_until;
  const lines: readonly (readonly [string, string])[] = [
    ['Device', device.id],
    ['Status', device.status],
    ['Description', device.description || '-'],
    ['Interval', intervalOf(device)],
    ['Enrolled', instant(device.created)],
    ['Worn by', worn === undefined ? 'nobody' : `${worn.patient} since ${instant(worn.from)}`],
    ['Late renewal', late === null || late <= now ? 'not allowed' : `allowed once, until ${instant(late)}`],
  ];
  return lines.map(([name, value]) => `${name.padEnd(13)} ${value}`);
}

function certificateTable(certificates: readonly (DeviceCertificate & { state: string })[]): string {
  if (certificates.length === 0) return 'No certificates.';
  return formatTable<(typeof certificates)[number]>(
    [
      { heading: 'SERIAL', value: ({ serial }) => serial },
      { heading: 'STATE', value: ({ state }) => state },
      { heading: 'FROM', value: ({ not_before }) => instant(not_before) },
      { heading: 'UNTIL', value: ({ not_after }) => instant(not_after) },
      { heading: 'ENDED', value: ({ ended }) => (ended === null ? '-' : instant(ended.at)) },
      { heading: 'REASON', value: ({ ended }) => ended?.reason ?? '-' },
      { heading: 'AUTHORITY', value: ({ authority }) => authority.slice(0, 16) || 'unknown' },
    ],
    certificates,
  );
}
